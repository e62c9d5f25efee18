"""The few fixtures everything else is built from. Values are made in tests/make.py, servers in tests/servers.py."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine

from chatterkeep.app import create_app
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database, engine_options
from tests import databases, postgres, redis_server
from tests.apps import running_app
from tests.canary import pytest_runtest_makereport
from tests.make import Clock, make_settings
from tests.servers import Server, is_ours, running

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> None:
    """No setting of whoever runs the tests may change what they find."""
    for name in [name for name in os.environ if is_ours(name)]:
        del os.environ[name]


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """Tells the processes that run tests side by side apart, also those of another run."""
    return f"{getattr(request.config, 'workerinput', {}).get('workerid', 'alone')}_{os.getpid()}"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with keys and a migrated, empty database, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    databases.migrate(make_settings(data_dir=folder))
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str, worker: str, template: Path) -> Iterator[str]:
    """This process's own database on the PostgreSQL server, migrated."""
    with databases.on_postgres(postgres_server, f"chatterkeep_test_{worker}", template) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis server."""
    with redis_server.server() as url:
        yield url


@pytest.fixture
def data_dir(tmp_path: Path, template: Path) -> Path:
    """A data folder of the test's own, ready for use."""
    return shutil.copytree(template, tmp_path / "data")


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The database in use: SQLite; with the mark `databases.both` also, in a second run of the test, PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return ""
    url: str = request.getfixturevalue("postgres_url")
    databases.empty(url)
    return url


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    """Open API, no limits; `make_settings(data_dir=data_dir, …)` gives others."""
    return make_settings(data_dir=data_dir, database_url=database_url)


@pytest.fixture
def clock() -> Clock:
    """The time as `app` sees it."""
    return Clock()


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The application. Override `settings` in a module or class for another one."""
    with running_app(settings, clock) as app:
        yield app


@pytest.fixture(scope="session")
def still_app(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Flask:
    """One application for all tests that change nothing: making one takes longer than most tests."""
    return create_app(make_settings(data_dir=shutil.copytree(template, tmp_path_factory.mktemp("still") / "data")))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller with no cookies, no key and no browser."""
    return app.test_client()


@pytest.fixture
def services(app: Flask) -> Services:
    """The use cases of `app`."""
    found: Services = app.extensions["chatterkeep"]
    return found


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """An engine like the application's, for looking at rows and for storage alone."""
    engine = create_engine(settings.database, **engine_options(settings.database))
    yield engine
    engine.dispose()


@pytest.fixture
def database(engine: Engine) -> Database:
    """Reads and writes without an application."""
    return Database(engine)


@pytest.fixture
def vault(settings: Settings, database: Database) -> Vault:
    """The vault of the same keys as `app`."""
    return databases.vault(settings, database)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Server]:
    """Two real workers on a port of their own. Mark its tests with `servers.shared`, so that one process has it."""
    folder = tmp_path_factory.mktemp("server") / "data"
    with running(shutil.copytree(template, folder)) as server:
        yield server
