"""Audit

Revision ID: a6f518304c56
Revises:
Create Date: 2012-03-01 00:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "a6f518304c56"
down_revision = None
branch_labels = ("audit",)
depends_on = ("1975ea83b712", "prices")


def upgrade():
    op.create_table(
        "audit",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id")),
        sa.Column("entry", sa.Text),
    )


def downgrade():
    op.drop_table("audit")
