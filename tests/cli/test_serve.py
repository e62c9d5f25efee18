"""flask serve: from nothing to an answering server, in one command."""

import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Connection, event

from chatterkeep.app import create_app
from chatterkeep.domain.staff import Role
from chatterkeep.storage.db import db
from tests import databases
from tests.cli.conftest import Process, Run
from tests.make import NOW, PASSWORD, make_settings
from tests.servers import ROOT, free_port, plain_environment

pytestmark = pytest.mark.xdist_group("serve")

PATIENCE = 90


@dataclass(frozen=True, slots=True)
class Served:
    """A `flask serve` that was started, and what it has printed so far."""

    process: "subprocess.Popen[str]"
    port: int
    data: Path
    output: Path

    def ask(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body.encode(), headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait(self) -> None:
        """Wait until /health answers."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"It did not start:\n{self.output.read_text()}")

    @property
    def said(self) -> str:
        return self.output.read_text()


Start = Callable[..., Served]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start `flask serve` on a free port."""
    with ExitStack() as stack:

        def start(data: Path, cwd: Path = ROOT, **settings: str) -> Served:
            output, port = tmp_path_factory.mktemp("serve") / "output.log", free_port()
            process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "serve"],
                cwd=cwd,
                env=plain_environment() | {"CHATTERKEEP_DATA_DIR": str(data), "PORT": str(port), **settings},
                stdin=subprocess.DEVNULL,
                stdout=stack.enter_context(output.open("w")),
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            stack.callback(_stop, process)
            return Served(process, port, data, output)

        yield start


@pytest.fixture(scope="module")
def first(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A first start, as `make run` does it: there is no data folder yet."""
    served = start(tmp_path_factory.mktemp("first") / "data", CHATTERKEEP_API_AUTH="open")
    served.wait()
    return served


@pytest.fixture(scope="module")
def second(start: Start, tmp_path_factory: pytest.TempPathFactory, template: Path) -> Served:
    """A later start on what is there already, from another folder, with settings in a file."""
    folder = tmp_path_factory.mktemp("second")
    data = shutil.copytree(template, folder / "data")
    services = create_app(make_settings(data_dir=data)).extensions["chatterkeep"]
    services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)
    (folder / "settings.toml").write_text("workers = 1\n")
    served = start(Path("data"), cwd=folder, CHATTERKEEP_CONFIG="settings.toml")
    served.wait()
    return served


def test_a_first_start_makes_all_that_is_needed(first: Served) -> None:
    assert first.data.stat().st_mode & 0o777 == 0o700
    assert (first.data / "keys.json").stat().st_mode & 0o777 == 0o600
    status, body = first.ask("GET", "/readyz")
    assert (status, json.loads(body)["checks"]["migrations"]) == (200, "ok")


def test_the_line_to_try_it_works_when_pasted(first: Served) -> None:
    line = re.search(r"curl .*", first.said)
    assert line is not None
    done = subprocess.run(line[0], shell=True, capture_output=True, text=True, timeout=30)
    assert json.loads(done.stdout)["reply"] == "What is your name?"


def test_it_says_where_everything_is(first: Served) -> None:
    address = f"http://127.0.0.1:{first.port}"
    assert f"  Page   {address}/\n" in first.said
    assert f"  Staff  {address}/admin/\n" in first.said
    assert f"CHATTERKEEP_DATA_DIR={first.data} flask admin create ada --role admin" in first.said
    assert first.ask("GET", "/")[0] == 200
    assert first.ask("GET", "/admin/")[0] == 303


def test_a_second_start_has_nothing_to_migrate(first: Served, second: Served) -> None:
    assert "The database is up to date." in first.said
    assert "The database is up to date." not in second.said


def test_the_way_to_a_first_account_is_told_only_while_there_is_none(second: Served) -> None:
    assert "admin create" not in second.said


def test_where_a_key_is_required_the_line_shows_where_it_goes(second: Served) -> None:
    assert "-H 'Authorization: Bearer YOUR_KEY'" in second.said
    assert "flask keys create --name try --scope chat" in second.said
    assert second.ask("POST", "/chat", "{}", {"Content-Type": "application/json"})[0] == 401


def test_a_file_of_settings_counts_for_the_server_too(second: Served) -> None:
    assert len(_children(second.process.pid)) == 1


def test_a_signal_reaches_the_server(start: Start, data_dir: Path) -> None:
    served = start(data_dir)
    served.wait()
    os.kill(served.process.pid, signal.SIGTERM)
    assert served.process.wait(PATIENCE) == 0
    with pytest.raises(OSError, match="refused"):
        served.ask("GET", "/livez")


def test_ctrl_c_ends_without_a_traceback(start: Start, data_dir: Path) -> None:
    """A terminal sends it to every process of the server."""
    served = start(data_dir)
    served.wait()
    os.killpg(served.process.pid, signal.SIGINT)
    assert served.process.wait(PATIENCE) == 0
    assert "Traceback" not in served.said


def test_a_taken_port_is_told_before_anything_is_made(start: Start, first: Served, tmp_path: Path) -> None:
    served = start(tmp_path / "data", PORT=str(first.port))
    assert served.process.wait(PATIENCE) == 1
    assert served.said == (
        f"Error: Port {first.port} is taken: another server is running there. "
        f"Stop it, or choose another: PORT={first.port + 1}\n"
    )
    assert not (tmp_path / "data" / "chatterkeep.sqlite3").exists()


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail, rather than become gunicorn, where `serve` should have stopped."""

    def refuse(*_: object) -> None:
        raise AssertionError("it went on to start the server")

    monkeypatch.setattr("chatterkeep.cli.serve.os.execve", refuse)


@pytest.mark.usefixtures("no_server")
def test_an_address_of_another_machine_is_told(flask: Run) -> None:
    result = flask("serve", HOST="192.0.2.1")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: HOST=192.0.2.1 is not an address of this machine")


@pytest.mark.usefixtures("no_server")
def test_a_failed_migration_stops_with_a_sentence(flask: Run, data_dir: Path) -> None:
    _change(data_dir, "DROP TABLE alembic_version")
    result = flask("serve", PORT=str(free_port()))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error: The migration failed, and the database is as it was: " in result.stderr
    assert "already exists" in result.stderr


@pytest.mark.usefixtures("no_server")
def test_tables_of_a_newer_version_are_left_alone(flask: Run, data_dir: Path) -> None:
    _change(data_dir, "UPDATE alembic_version SET version_num = 'later'")
    result = flask("serve", PORT=str(free_port()))
    assert result.exit_code == 1
    assert "The tables are at revision later, which this code does not know" in result.stderr


def test_an_upgrade_waits_for_who_is_writing(flask: Run, data_dir: Path) -> None:
    assert flask("db", "downgrade", "base").exit_code == 0
    with closing(sqlite3.connect(data_dir / "chatterkeep.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            upgrade = pool.submit(flask, "db", "upgrade")
            wait([upgrade], timeout=1)
            assert not upgrade.done()
            other.execute("COMMIT")
            assert upgrade.result(PATIENCE).exit_code == 0


def test_foreign_keys_rest_while_tables_change(app: Flask) -> None:
    """SQLite changes a table by building a new one: dropping the old one must not take others' rows with it."""
    states = set()

    def look(connection: Connection, _: object, statement: str, *__: object) -> None:
        if statement.strip().startswith("DROP TABLE"):
            states.add(_foreign_keys(connection))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", look)
        flask_migrate.downgrade(revision="base")
        with db.engine.connect() as connection:
            assert (states, _foreign_keys(connection)) == ({0}, 1)


@databases.both
def test_upgrades_that_start_at_once_make_the_tables_once(process: Process, data_dir: Path, database_url: str) -> None:
    """Whoever comes later finds the work done: none of them fails."""
    settings = {"CHATTERKEEP_DATA_DIR": str(data_dir), "CHATTERKEEP_DATABASE_URL": database_url}
    assert process("db", "downgrade", "base", **settings).returncode == 0
    with ThreadPoolExecutor() as pool:
        ends = list(pool.map(lambda _: process("db", "upgrade", **settings), range(3)))
    assert [end.returncode for end in ends] == [0, 0, 0], [end.stderr[-500:] for end in ends]


def _foreign_keys(connection: Connection) -> int:
    driver: Any = connection.connection.driver_connection
    return int(driver.execute("PRAGMA foreign_keys").fetchone()[0])


def _change(data: Path, sql: str) -> None:
    with closing(sqlite3.connect(data / "chatterkeep.sqlite3")) as connection, connection:
        connection.execute(sql)


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
