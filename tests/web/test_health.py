"""GET /livez, /readyz, /health: alive, ready, and how."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from chatterkeep import __version__
from chatterkeep.app import create_app
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.db import db
from chatterkeep.storage.health import read_revisions
from chatterkeep.storage.keyfile import create_key_file
from tests.databases import both
from tests.make import NOW, make_inbound, make_settings
from tests.servers import ROOT

SILENT = "The database does not answer. Run: flask doctor"
both_routes = pytest.mark.parametrize("path", ["/readyz", "/health"])


def checks(client: FlaskClient) -> dict[str, str]:
    """What /readyz says about each check, once it is sure that something is wrong."""
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert (answer.json["ok"], answer.json["status"]) == (False, "unhealthy")
    found: dict[str, str] = answer.json["checks"]
    return found


@both
@both_routes
def test_a_sound_application_is_healthy(client: FlaskClient, services: Services, path: str) -> None:
    services.turns.receive(make_inbound(), NOW)
    answer = client.get(path)
    assert answer.status_code == 200
    body = dict(answer.json or {})
    assert 0 <= body.pop("uptime") < 100_000
    assert body == {
        "ok": True,
        "status": "healthy",
        "version": __version__,
        "checks": {"database": "ok", "migrations": "ok", "keys": "ok"},
    }


@both
def test_tables_of_another_revision_are_not_ready(client: FlaskClient, engine: Engine) -> None:
    head = read_revisions(ROOT / "migrations").head
    change(engine, "UPDATE alembic_version SET version_num = 'other'")
    try:
        assert checks(client) == {
            "database": "ok",
            "migrations": "The tables are at revision other, which this code does not know: it is older than they are.",
            "keys": "not checked",
        }
    finally:
        change(engine, f"UPDATE alembic_version SET version_num = '{head}'")
    assert client.get("/readyz").status_code == 200


def test_a_database_without_tables_is_not_ready(client: FlaskClient, engine: Engine) -> None:
    change(engine, "DROP TABLE alembic_version")
    assert checks(client)["migrations"] == "The database has no tables yet. Run: flask db upgrade"


def test_keys_that_open_nothing_are_not_ready(settings: Settings, services: Services) -> None:
    services.turns.receive(make_inbound(), NOW)
    settings.keys.unlink()
    create_key_file(settings.keys)
    assert checks(create_app(settings).test_client())["keys"] == "The keys do not open what is stored."


@pytest.fixture
def cut_off(data_dir: Path) -> Flask:
    """An application whose database server is not there."""
    return create_app(make_settings(data_dir=data_dir, database_url="postgresql://nobody@127.0.0.1:1/none"))


def test_a_database_that_does_not_answer_is_not_ready(cut_off: Flask) -> None:
    expected = {"database": SILENT, "migrations": "not checked", "keys": "not checked"}
    assert checks(cut_off.test_client()) == expected


def test_the_process_is_alive_even_then(cut_off: Flask) -> None:
    answer = cut_off.test_client().get("/livez")
    assert (answer.status_code, answer.json) == (200, {"ok": True})


@both
def test_a_look_costs_a_few_reads_and_no_write(app: Flask, client: FlaskClient, services: Services) -> None:
    services.turns.receive(make_inbound(), NOW)
    client.get("/readyz")
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2].split()[0].upper()))
    client.get("/readyz")
    assert 1 <= len(statements) <= 4
    assert set(statements) <= {"BEGIN", "PRAGMA", "SELECT"}


def test_the_newest_revision_is_the_one_that_migrations_make() -> None:
    migrations = ROOT / "migrations"
    revisions = read_revisions(migrations)
    script = ScriptDirectory(str(migrations))
    assert revisions.head == script.get_current_head()
    assert revisions.known == {revision.revision for revision in script.walk_revisions()}


def test_a_chain_of_migrations_has_one_end(tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "a.py").write_text('revision = "a"\ndown_revision = None\n')
    (folder / "b.py").write_text('revision: str = "b"\ndown_revision: str | None = "a"\n')
    assert read_revisions(tmp_path).head == "b"
    (folder / "c.py").write_text("revision = 'c'\ndown_revision = 'a'\n")
    with pytest.raises(ValueError, match="2 newest revisions, not one: b, c"):
        read_revisions(tmp_path)


def change(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(sql))
