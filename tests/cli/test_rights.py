"""flask sessions export | erase | purge: counted first, confirmed, whole, and in the audit."""

import json
import stat
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from chatterkeep.domain.audit import COMMAND_LINE, SERVER, Action
from chatterkeep.services.wiring import Services
from tests.cli.conftest import Run
from tests.databases import both
from tests.make import NAME, Clock, make_phone
from tests.rows import count


@pytest.fixture
def phone(run: Run) -> str:
    """Somebody who said hello and gave a name."""
    phone = make_phone()
    for text in ("hello", NAME):
        run("chat", "send", phone, text)
    return phone


@pytest.fixture
def session_id(run: Run, phone: str) -> str:
    found: str = json.loads(run("sessions", "list", "--json").stdout)[0]["id"]
    return found


def actions(services: Services) -> list[Action]:
    return [entry.action for entry in services.audit.newest(100)]


@both
def test_export_prints_all_that_is_kept(run: Run, services: Services, session_id: str, phone: str) -> None:
    result = run("sessions", "export", session_id)
    assert result.exit_code == 0
    assert all(words in result.stdout for words in (phone, NAME, "What is your name?"))
    assert actions(services) == [Action.EXPORTED]


def test_export_writes_a_whole_file_for_its_owner_alone(run: Run, session_id: str, tmp_path: Path) -> None:
    path = tmp_path / "copy.json"
    path.write_text("what was there before")
    result = run("sessions", "export", session_id, "--format", "json", "--output", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(path.read_text())["message_count"] == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.glob(".copy*")) == []


def test_export_to_where_nothing_can_be_written_is_told(run: Run, session_id: str, tmp_path: Path) -> None:
    result = run("sessions", "export", session_id, "--output", tmp_path / "no" / "copy.txt")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("command", ["export", "show"])
def test_an_unknown_session_is_told(run: Run, command: str) -> None:
    result = run("sessions", command, "nobody")
    assert (result.exit_code, result.stderr) == (1, "Error: There is no such session.\n")


@both
def test_erase_takes_an_id(run: Run, services: Services, engine: Engine, session_id: str) -> None:
    result = run("sessions", "erase", session_id, "--yes")
    assert result.exit_code == 0
    assert "1 session, 1 conversation, 4 messages, 1 number" in result.stdout
    assert "receipt:" in result.stdout
    assert count(engine)["sessions"] == 0
    assert actions(services) == [Action.ERASED]


@both
def test_erase_takes_a_number_with_the_pages_on_which_it_was_typed(
    run: Run, engine: Engine, app: Flask, phone: str
) -> None:
    app.test_client().post("/", data={"phone": phone})
    run("chat", "send", make_phone(), "hello")
    result = run("sessions", "erase", f" {phone[:2]} ({phone[2:5]}) {phone[5:]}", "--yes")
    assert "2 sessions" in result.stdout
    assert result.stdout.count("receipt:") == 2
    assert phone not in result.output
    assert count(engine)["sessions"] == 1


def test_erase_reads_a_number_from_its_input(app: Flask, engine: Engine, phone: str) -> None:
    """What stands in the command stays in the shell's history."""
    result = app.test_cli_runner().invoke(args=["sessions", "erase", "-", "--yes"], input=f"{phone}\n")
    assert result.exit_code == 0
    assert count(engine)["sessions"] == 0


def test_the_help_warns_of_the_history(run: Run) -> None:
    assert "history" in run("sessions", "erase", "--help").stdout


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--dry-run", "--yes")])
def test_without_a_yes_nothing_is_erased(run: Run, engine: Engine, session_id: str, options: tuple[str, ...]) -> None:
    result = run("sessions", "erase", session_id, *options)
    assert result.exit_code == (0 if options else 2)
    assert "4 messages" in result.stdout
    assert count(engine)["sessions"] == 1


def test_erase_again_finds_nothing_and_is_content(run: Run, session_id: str) -> None:
    run("sessions", "erase", session_id, "--yes")
    result = run("sessions", "erase", session_id, "--yes")
    assert result.exit_code == 0
    assert "nothing kept" in result.stderr


def test_what_is_neither_id_nor_number_is_told(run: Run) -> None:
    for who in ("nobody", "12"):
        assert run("sessions", "erase", who, "--yes").exit_code == 1


@both
def test_purge_removes_what_is_old(run: Run, services: Services, engine: Engine, clock: Clock, phone: str) -> None:
    clock.forward(days=91)
    run("chat", "send", make_phone(), "hello")
    result = run("sessions", "purge", "--older-than", "90d", "--yes")
    assert result.exit_code == 0
    assert "1 conversation, 4 messages" in result.stderr
    assert result.stderr.splitlines()[-1] == "Removing: 100 %"
    assert "1 session, 1 conversation, 4 messages, 1 number" in result.stdout
    assert count(engine)["sessions"] == 1
    [entry] = services.audit.newest(10)
    assert (entry.actor, entry.action, entry.subject) == (COMMAND_LINE, Action.PURGED, "")
    assert entry.actor != SERVER


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_purge_without_a_yes_removes_nothing(
    run: Run, engine: Engine, clock: Clock, phone: str, options: tuple[str, ...]
) -> None:
    clock.forward(days=91)
    result = run("sessions", "purge", "--older-than", "90d", *options)
    assert result.exit_code == (0 if options else 2)
    assert "1 conversation, 4 messages" in result.stderr
    assert count(engine)["sessions"] == 1


def test_purge_needs_to_know_what_is_old(run: Run, phone: str) -> None:
    result = run("sessions", "purge", "--yes")
    assert result.exit_code == 2
    assert "--older-than" in result.stderr


def test_purge_takes_the_setting_where_there_is_one(flask: Run, phone: str) -> None:
    result = flask("sessions", "purge", "--yes", CHATTERKEEP_RETENTION="30d")
    assert result.exit_code == 0
