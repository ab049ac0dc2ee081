"""Copy names, which reads them first

Revision ID: f5e407293b45
Revises: e4d3f6182a34
Create Date: 2012-02-05 03:04:05

"""

import sqlalchemy as sa
from alembic import op

revision = "f5e407293b45"
down_revision = "e4d3f6182a34"


def upgrade():
    op.add_column("account", sa.Column("shown_as", sa.Text))
    names = op.get_bind().execute(sa.text("SELECT id, name FROM account")).fetchall()
    for number, name in names:
        op.get_bind().execute(
            sa.text("UPDATE account SET shown_as = :n WHERE id = :i"),
            {"n": name.replace("a", "A"), "i": number},
        )


def downgrade():
    op.drop_column("account", "shown_as")
