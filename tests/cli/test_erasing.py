"""flask sessions erase: told first, confirmed, whole, and in the audit; nobody by mistake."""

import json

import pytest
from flask import Flask
from sqlalchemy import Engine, delete

from chatterkeep.domain.audit import Action
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.phone import parse_phone
from chatterkeep.services.wiring import Services
from chatterkeep.storage.models import SessionRecord
from tests.cli.conftest import Run
from tests.databases import both
from tests.make import NAME, make_address, make_inbound, make_phone
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


@both
def test_a_dry_run_tells_whose_each_session_is(run: Run, engine: Engine, app: Flask, phone: str) -> None:
    app.test_client().post("/", data={"phone": phone})
    result = run("sessions", "erase", phone, "--dry-run")
    proved, typed, found = result.stdout.splitlines()
    assert " ".join(proved.split()[1:]) == "sms proved 1 session, 1 conversation, 4 messages, 1 number"
    assert " ".join(typed.split()[1:]) == "web typed 1 session, 1 number, 1 link"
    assert found.startswith("found:  2 sessions")
    assert count(engine)["sessions"] == 2


@both
def test_erase_can_spare_those_who_only_typed_the_number(run: Run, engine: Engine, app: Flask, phone: str) -> None:
    app.test_client().post("/", data={"phone": phone})
    run("sessions", "erase", phone, "--proved-only", "--yes")
    assert count(engine)["sessions"] == 1
    assert "typed" in run("sessions", "erase", phone, "--dry-run").stdout


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


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--dry-run", "--yes")])
def test_without_a_yes_the_keys_of_what_is_elsewhere_stay(
    run: Run, services: Services, engine: Engine, session_id: str, options: tuple[str, ...]
) -> None:
    with engine.begin() as connection:
        connection.execute(delete(SessionRecord))
    result = run("sessions", "erase", session_id, *options)
    assert result.exit_code == (0 if options else 2)
    assert services.vault.forget(session_id) == 1


def test_with_a_yes_they_go(run: Run, services: Services, engine: Engine, session_id: str) -> None:
    with engine.begin() as connection:
        connection.execute(delete(SessionRecord))
    assert "keys is gone" in run("sessions", "erase", session_id, "--yes").stderr
    assert services.vault.forget(session_id) == 0


@both
def test_whom_a_backup_brought_back_is_erased_once_more(run: Run, services: Services, session_id: str) -> None:
    others = [services.turns.receive(make_inbound(), services.clock()).session_id for _ in range(2)]
    assert "nothing" in run("sessions", "erase", "--forgotten", "--yes").stderr
    services.vault.forget(session_id)
    told = run("sessions", "erase", "--forgotten", "--dry-run")
    assert (session_id in told.stdout, services.rights.forgotten()) == (True, (session_id,))
    assert "receipt:" in run("sessions", "erase", "--forgotten", "--yes").stdout
    assert services.rights.holding(session_id) is None
    assert all(services.rights.holding(other) for other in others)


def test_a_number_whose_session_was_brought_back_can_write_again(run: Run, services: Services, phone: str) -> None:
    services.turns.receive(make_inbound(), services.clock())
    [session_id] = services.rights.sessions_of(parse_phone(phone, "US"))
    services.vault.forget(session_id)
    with pytest.raises(StoreBusy):
        services.turns.receive(make_inbound(sender=make_address(phone=phone)), services.clock())
    run("sessions", "erase", "--forgotten", "--yes")
    assert services.turns.receive(make_inbound(sender=make_address(phone=phone)), services.clock())


def test_the_newest_sessions_may_all_have_been_erased(run: Run, services: Services) -> None:
    ids = [services.turns.receive(make_inbound(), services.clock()).session_id for _ in range(7)]
    services.vault.forget(*ids[-3:])
    assert "receipt:" in run("sessions", "erase", "--forgotten", "--yes").stdout
    assert [bool(services.rights.holding(session_id)) for session_id in ids] == [True] * 4 + [False] * 3


@both
def test_shares_that_were_lost_erase_nobody(run: Run, services: Services, engine: Engine) -> None:
    ids = [services.turns.receive(make_inbound(), services.clock()).session_id for _ in range(3)]
    services.vault.forget(*ids[:2])
    result = run("sessions", "erase", "--forgotten", "--yes")
    assert (result.exit_code, count(engine)["sessions"]) == (1, 3)
    assert "2 of 3 sessions have no share" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("+14155550123", "--forgotten")])
def test_somebody_must_be_meant(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("sessions", "erase", *arguments, "--yes").exit_code == 2


def test_what_is_neither_id_nor_number_is_told(run: Run) -> None:
    for who in ("nobody", "12"):
        assert run("sessions", "erase", who, "--yes").exit_code == 1
