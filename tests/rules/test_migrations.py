"""Migrations: numbered, one after the other, there and back, and equal to the models."""

import re
from collections.abc import Iterator

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, inspect

from chatterkeep.settings import Settings
from chatterkeep.storage.models import Base
from chatterkeep.storage.passage_index import is_of_index
from tests import databases
from tests.source import ROOT, modules

SCRIPTS = ScriptDirectory(str(ROOT / "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def migrating(app: Flask) -> Iterator[Flask]:
    """The application at the newest revision, and back there afterwards."""
    with app.app_context():
        yield app
        flask_migrate.upgrade()


def tables(engine: Engine) -> set[str]:
    found = inspect(engine).get_table_names()
    return {table for table in found if not is_of_index(table)} - {"alembic_version"}


def of_the_models(name: str | None, kind: str, _: object) -> bool:
    """The full-text index is each database's own."""
    return not (kind == "table" and is_of_index(name))


def test_every_file_says_its_number_and_what_it_changes() -> None:
    names = [path.name for path in modules(ROOT / "migrations" / "versions")]
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name)] == []


def test_the_numbers_follow_each_other() -> None:
    assert [f"{number:04d}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_there_is_one_newest_revision() -> None:
    assert len(SCRIPTS.get_heads()) == 1


@databases.both
def test_the_migrated_database_is_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": of_the_models})
        assert compare_metadata(context, Base.metadata) == []


@databases.both
@pytest.mark.parametrize("revision", REVISIONS)
def test_every_revision_goes_down_and_up_again(migrating: Flask, engine: Engine, revision: str) -> None:
    flask_migrate.downgrade(revision=SCRIPTS.get_revision(revision).down_revision or "base")
    flask_migrate.upgrade(revision=revision)
    flask_migrate.upgrade()
    assert tables(engine) == set(Base.metadata.tables)


@databases.both
def test_the_way_down_leaves_no_table(migrating: Flask, engine: Engine) -> None:
    flask_migrate.downgrade(revision="base")
    assert tables(engine) == set()


def test_no_migration_leans_on_todays_models() -> None:
    """A model changes with the code; a migration must not."""
    texts = {path.name: path.read_text() for path in modules(ROOT / "migrations" / "versions")}
    assert [name for name, text in texts.items() if "chatterkeep" in text] == []


def test_starting_the_application_migrates_nothing(settings: Settings, engine: Engine) -> None:
    settings.data_dir.joinpath("chatterkeep.sqlite3").unlink()
    from chatterkeep.app import create_app  # noqa: PLC0415

    create_app(settings)
    assert tables(engine) == set()
