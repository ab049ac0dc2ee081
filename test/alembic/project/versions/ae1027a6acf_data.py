"""Seed accounts: "100 %" of it's data, ’Ünïcödé’ \\ backslash

With a second paragraph.

Revision ID: ae1027a6acf
Revises: 1975ea83b712
Create Date: 2011-11-08 12:37:36.714947+02:00

"""

import sqlalchemy as sa
from alembic import op

revision = "ae1027a6acf"
down_revision = "1975ea83b712"

account = sa.table("account", sa.column("name", sa.String), sa.column("kind", sa.String))


def upgrade():
    op.bulk_insert(
        account,
        [
            {"name": "Ada 'the first' 100 %", "kind": "CHECKING"},
            {"name": "tab\there, back\\slash, $pgmigrate$ and $$", "kind": "SAVINGS"},
            {"name": "Ζωή 日本語 🐘", "kind": "SAVINGS"},
        ],
    )
    op.execute(
        """UPDATE account SET name = name || '; 10\\:30' WHERE name LIKE '%%100 %';
UPDATE account SET name = name || ' -- no comment' -- a comment"""
    )
    op.execute(
        account.update()
        .where(account.c.name.like("Ζωή%"))
        .values(kind=op.inline_literal("CHECKING"))
    )


def downgrade():
    op.execute("DELETE FROM account;")
