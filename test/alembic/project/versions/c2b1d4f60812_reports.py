"""Add reports

Revision ID: c2b1d4f60812
Revises: ae1027a6acf
Create Date: 2012-01-03 03:04:05

"""

import sqlalchemy as sa
from alembic import op

revision = "c2b1d4f60812"
down_revision = "ae1027a6acf"
branch_labels = "reports"


def upgrade():
    op.create_table("report", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("report", sa.Column("body", sa.Text, nullable=True))
    op.alter_column("account", "name", type_=sa.Text, existing_nullable=False)


def downgrade():
    op.alter_column("account", "name", type_=sa.String(200), existing_nullable=False)
    op.drop_table("report")
