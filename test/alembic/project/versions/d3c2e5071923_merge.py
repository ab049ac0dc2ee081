"""merge prices and reports

Revision ID: d3c2e5071923
Revises: b1a0c3e5f701, c2b1d4f60812
Create Date: 2012-02-03 03:04:05

"""

revision = "d3c2e5071923"
down_revision = ("b1a0c3e5f701", "c2b1d4f60812")


def upgrade():
    pass


def downgrade():
    pass
