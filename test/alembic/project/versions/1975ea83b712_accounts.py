"""Create account table

Revision ID: 1975ea83b712
Revises:
Create Date: 2011-11-08 11:40:27.089406

"""

import sqlalchemy as sa
from alembic import op

revision = "1975ea83b712"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column(
            "kind",
            sa.Enum("CHECKING", "SAVINGS", name="account_kind"),
            nullable=False,
            server_default="CHECKING",
        ),
        sa.Column("größe", sa.Numeric(14, 2), comment='in "Metern", 100 %'),
        sa.Column("opened", sa.Date, server_default=sa.text("'2011-11-08'")),
        sa.CheckConstraint('"größe" >= 0', name="größe_positiv"),
        comment="it's an account; with a semicolon",
    )
    op.create_index("account_kind_idx", "account", ["kind", sa.text("lower(name)")])


def downgrade():
    op.drop_table("account")
    op.execute("DROP TYPE account_kind")
