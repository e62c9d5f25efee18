"""flask sessions export | purge: counted first, confirmed, whole, and in the audit."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, update

from chatterkeep.domain.audit import COMMAND_LINE, SERVER, Action
from chatterkeep.domain.messages import Channel
from chatterkeep.services.wiring import Services
from chatterkeep.storage.models_access import TokenRecord
from tests.cli.conftest import Run
from tests.databases import both
from tests.make import NAME, Clock, make_address, make_inbound, make_phone
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


@both
def test_export_of_a_number_holds_what_is_its_own(run: Run, services: Services, app: Flask, phone: str) -> None:
    app.test_client().post("/", data={"phone": phone})
    result = run("sessions", "export", phone, "--format", "json")
    [told] = json.loads(result.stdout)
    assert told["message_count"] == 4
    assert "visitors only typed the number" in result.stderr
    assert actions(services) == [Action.EXPORTED]


def test_export_of_a_number_puts_sessions_one_after_the_other(run: Run, services: Services, phone: str) -> None:
    other = make_address(phone=phone, channel=Channel.WHATSAPP)
    services.turns.receive(make_inbound(sender=other), services.clock())
    told = json.loads(run("sessions", "export", phone, "--format", "json").stdout)
    assert [one["message_count"] for one in told] == [4, 2]
    assert run("sessions", "export", phone).stdout.count("Your conversations\n====") == 2
    assert actions(services) == [Action.EXPORTED] * 4


def test_export_reads_a_number_from_its_input(app: Flask, phone: str) -> None:
    result = app.test_cli_runner().invoke(args=["sessions", "export", "-"], input=f"{phone}\n")
    assert NAME in result.stdout


def test_export_to_where_nothing_can_be_written_is_told(run: Run, session_id: str, tmp_path: Path) -> None:
    result = run("sessions", "export", session_id, "--output", tmp_path / "no" / "copy.txt")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("command", ["export", "show"])
def test_an_unknown_session_is_told(run: Run, command: str) -> None:
    result = run("sessions", command, "4f0c6a52-6d0f-4d5a-9a55-1d2f3b4c5d6e")
    assert (result.exit_code, result.stderr) == (1, "Error: There is no such session.\n")


@both
def test_purge_removes_what_is_old(run: Run, services: Services, engine: Engine, clock: Clock, phone: str) -> None:
    clock.forward(days=91)
    run("chat", "send", make_phone(), "hello")
    result = run("sessions", "purge", "--older-than", "90d", "--yes")
    assert result.exit_code == 0
    assert "1 session, 1 conversation, 4 messages, 1 number" in result.stderr
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


@both
def test_purge_counts_and_asks_where_nothing_was_said(run: Run, app: Flask, engine: Engine, clock: Clock) -> None:
    for _ in range(3):
        app.test_client().post("/", data={"phone": make_phone()})
    clock.forward(days=91)
    with engine.begin() as connection:
        connection.execute(update(TokenRecord).values(used_at=clock() - timedelta(days=90, hours=1)))
    refused = run("sessions", "purge", "--older-than", "90d")
    assert (refused.exit_code, count(engine)["sessions"]) == (2, 3)
    assert "3 sessions, 3 numbers, 3 links" in refused.stderr
    done = run("sessions", "purge", "--older-than", "90d", "--yes")
    assert done.stderr.splitlines()[-1] == "Removing: 100 %"
    assert "3 sessions, 3 numbers, 3 links" in done.stdout
    assert count(engine)["sessions"] == 0


def test_purge_needs_to_know_what_is_old(run: Run, phone: str) -> None:
    result = run("sessions", "purge", "--yes")
    assert result.exit_code == 2
    assert "--older-than" in result.stderr


def test_purge_takes_the_setting_where_there_is_one(flask: Run, phone: str) -> None:
    result = flask("sessions", "purge", "--yes", CHATTERKEEP_RETENTION="30d")
    assert result.exit_code == 0
