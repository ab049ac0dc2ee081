"""As "alembic init" writes it, but that the URL comes from the environment."""

import os

from alembic import context
from sqlalchemy import create_engine

URL = os.environ.get("DATABASE_URL", "postgresql+psycopg2://")


def run_migrations_offline():
    """Print the SQL."""
    context.configure(url=URL)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    """Run it."""
    with create_engine(URL).connect() as connection:
        context.configure(
            connection=connection, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
