"""Makes the databases that tests run on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from chatterkeep.app import create_app
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database, db
from chatterkeep.storage.keyfile import KeyFile
from chatterkeep.storage.models import Base
from chatterkeep.storage.shares import Shares
from tests.make import make_settings

both = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
    indirect=True,
)
"""The mark of tests that run once on each kind of database."""


def migrate(settings: Settings) -> None:
    """Bring a database to the newest schema."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()


def vault(settings: Settings, database: Database) -> Vault:
    """The vault of these settings, as another process would open it."""
    return Vault(KeyFile(settings.keys), Shares(database))


@contextmanager
def on_postgres(server: str, name: str, template: Path) -> Iterator[str]:
    """Make a migrated database of that name on a PostgreSQL server; drop it at the end."""
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        migrate(make_settings(data_dir=template, database_url=url))
        yield url
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def empty(url: str) -> None:
    """Remove every row."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    engine.dispose()
