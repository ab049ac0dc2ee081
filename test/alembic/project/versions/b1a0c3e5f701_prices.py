"""Add prices

Revision ID: b1a0c3e5f701
Revises: ae1027a6acf
Create Date: 2012-01-02 03:04:05

"""

import sqlalchemy as sa
from alembic import op

revision = "b1a0c3e5f701"
down_revision = "ae1027a6acf"
branch_labels = ("prices",)


def upgrade():
    op.create_table(
        "price",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("at", sa.Date, nullable=False),
        sa.Column("value", sa.Numeric, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "at"),
    )


def downgrade():
    op.drop_table("price")
