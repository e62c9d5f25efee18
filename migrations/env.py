"""Runs migrations on the application's own engine (https://alembic.sqlalchemy.org)."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection

from chatterkeep.storage.instants import Instant
from chatterkeep.storage.passage_index import is_of_index

migrate = current_app.extensions["migrate"]
metadata = migrate.db.metadata


def render_item(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what they are stored as: a migration must not change when the code does."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


def of_the_models(name: str | None, kind: str, _: object) -> bool:
    """The full-text index of passages is each database's own, and no model's."""
    return not (kind == "table" and is_of_index(name))


def run(connection: Connection) -> None:
    """Migrate in one transaction, which others who would migrate at the same time wait for."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        include_name=of_the_models,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20250101)")
        context.run_migrations()


def set_foreign_keys(connection: Connection, state: str) -> None:
    """SQLite rebuilds tables to change them, which must not cascade. Inside a transaction this would do nothing."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={state}")


if context.is_offline_mode():
    context.configure(url=migrate.db.engine.url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with migrate.db.engine.execution_options(writes=True).connect() as connection:
        set_foreign_keys(connection, "OFF")
        try:
            run(connection)
        finally:
            set_foreign_keys(connection, "ON")
