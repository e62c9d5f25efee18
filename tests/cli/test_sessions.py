"""flask sessions list | show: masked, and never unseen."""

import json

import pytest
from flask import Flask

from chatterkeep.domain.audit import COMMAND_LINE, Action, Entry
from chatterkeep.services import sessions as service
from chatterkeep.services.wiring import Services
from tests.cli.conftest import Run
from tests.databases import both
from tests.make import NAME, NOW, Clock, make_phone


@pytest.fixture
def phone(run: Run) -> str:
    """Somebody who said hello and gave a name."""
    phone = make_phone()
    for text in ("hello", NAME):
        run("chat", "send", phone, text)
    return phone


def listed(run: Run, *options: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run("sessions", "list", "--json", *options).stdout)
    return found


@both
def test_list_hides_numbers(run: Run, phone: str) -> None:
    [row] = listed(run)
    assert row["phone"] == f"+1 *******{phone[-3:]}"
    assert (row["channel"], row["flow"], row["state"]) == ("sms", "greeting", "AWAITING_SONG")
    assert phone not in run("sessions", "list").stdout


def test_a_masked_list_needs_no_audit(run: Run, services: Services, phone: str) -> None:
    run("sessions", "list")
    assert services.audit.newest(10) == ()


def test_revealing_numbers_leaves_a_line_in_the_audit(run: Run, services: Services, phone: str) -> None:
    assert listed(run, "--reveal")[0]["phone"] == phone
    assert services.audit.newest(10) == (Entry(COMMAND_LINE, Action.REVEALED, "", "the newest 20 sessions", NOW),)


def test_list_begins_with_the_newest_activity(run: Run, clock: Clock) -> None:
    first, second = make_phone(), make_phone()
    for phone in (first, second, first):
        clock.forward(minutes=1)
        run("chat", "send", phone, "hello")
    assert [row["phone"] for row in listed(run, "--reveal")] == [first, second]
    assert [row["phone"] for row in listed(run, "--reveal", "--limit", "1")] == [first]


@both
def test_list_can_be_of_one_number(run: Run, phone: str, app: Flask) -> None:
    run("chat", "send", make_phone(), "hello")
    page = app.test_client().post("/", data={"phone": phone}).location
    app.test_client().post(f"{page}/messages", data={"text": "hello", "key": "k-1"})
    assert sorted(row["channel"] for row in listed(run, "--phone", phone)) == ["sms", "web"]
    assert len(listed(run, "--phone", phone, "--limit", "1")) == 1
    assert "Nobody has written from this number" in run("sessions", "list", "--phone", make_phone()).stderr
    typed = app.test_cli_runner().invoke(args=["sessions", "list", "--phone", "-"], input=f"{phone}\n")
    assert len(typed.stdout.splitlines()) == 2


def test_the_table_has_a_line_for_each_session(run: Run) -> None:
    for _ in range(3):
        run("chat", "send", make_phone(), "hello")
    result = run("sessions", "list")
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr.startswith("ID ")


def test_an_empty_list_says_so(run: Run) -> None:
    result = run("sessions", "list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nobody has written yet.\n")


@both
def test_show_tells_all_that_was_said(run: Run, phone: str) -> None:
    shown = json.loads(run("sessions", "show", listed(run)[0]["id"], "--json").stdout)
    assert [(line["seq"], line["author"]) for line in shown["messages"]] == [
        (1, "customer"),
        (2, "bot"),
        (3, "customer"),
        (4, "bot"),
    ]
    assert shown["messages"][3]["text"] == f"Hello {NAME}, what is your favorite song?"
    assert shown["state"] == "AWAITING_SONG"


def test_show_goes_back_to_the_first_message(run: Run, phone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LONGEST", 3)
    shown = json.loads(run("sessions", "show", listed(run)[0]["id"], "--json").stdout)
    assert [line["seq"] for line in shown["messages"]] == [1, 2, 3, 4]


def test_showing_leaves_a_line_in_the_audit(run: Run, services: Services, phone: str) -> None:
    session_id = listed(run)[0]["id"]
    result = run("sessions", "show", session_id)
    [entry] = services.audit.newest(10)
    assert NAME in result.stdout
    assert (entry.actor, entry.action, entry.subject) == (COMMAND_LINE, Action.READ, session_id)


def test_an_unknown_session_is_told_in_a_sentence(run: Run, services: Services) -> None:
    result = run("sessions", "show", "nobody")
    assert (result.exit_code, result.stderr) == (1, "Error: There is no such session.\n")
    assert services.audit.newest(10) == ()
