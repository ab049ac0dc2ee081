"""Index names, add a kind and use it

Revision ID: e4d3f6182a34
Revises: d3c2e5071923
Create Date: 2012-02-04 03:04:05

"""

from alembic import op

revision = "e4d3f6182a34"
down_revision = "d3c2e5071923"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index(
            "account_name_idx", "account", ["name"], postgresql_concurrently=True
        )
        op.execute("ALTER TYPE account_kind ADD VALUE IF NOT EXISTS 'REAL_ESTATE'")
    op.execute("INSERT INTO account (name, kind) VALUES ('Villa', 'REAL_ESTATE')")


def downgrade():
    op.execute("DELETE FROM account WHERE kind = 'REAL_ESTATE'")
    with op.get_context().autocommit_block():
        op.drop_index(
            "account_name_idx", table_name="account", postgresql_concurrently=True
        )
