"""Forget the audit's authors

Revision ID: b70629415d67
Revises: a6f518304c56
Create Date: 2012-03-02 00:00:00

"""

from alembic import op

revision = "b70629415d67"
down_revision = "a6f518304c56"


def upgrade():
    op.execute("DELETE FROM audit")


def downgrade():
    raise NotImplementedError("what is gone is gone")
