"""flask audit list | verify."""

import json

import pytest
from sqlalchemy import Engine

from chatterkeep.domain.audit import Action, Actor
from chatterkeep.services.wiring import Services
from tests import databases
from tests.audits import break_in
from tests.cli.conftest import Run
from tests.make import Clock

ADA = Actor("ada", "r1")


@pytest.fixture
def three(services: Services, clock: Clock) -> None:
    """Three entries, a day apart."""
    for action, subject in ((Action.LOGGED_IN, "ada"), (Action.LISTED, ""), (Action.LOGGED_OUT, "ada")):
        services.audit.record(ADA, action, subject, "", clock())
        clock.forward(days=1)
    services.audit.record(Actor("kim"), Action.LOGGED_IN, "kim", "", clock())


def listed(run: Run, *options: str) -> list[tuple[str, str]]:
    rows = json.loads(run("audit", "list", "--json", *options).stdout)
    return [(row["actor"], row["action"]) for row in rows]


@databases.both
def test_list_shows_the_newest_first_and_what_is_asked_for(run: Run, three: None) -> None:
    assert listed(run) == [("kim", "login"), ("ada", "logout"), ("ada", "conversations.viewed"), ("ada", "login")]
    assert listed(run, "--actor", "ada", "--limit", "2") == [("ada", "logout"), ("ada", "conversations.viewed")]
    assert listed(run, "--action", "login") == [("kim", "login"), ("ada", "login")]
    assert listed(run, "--since", "2026-03-16") == [("kim", "login"), ("ada", "logout")]
    assert listed(run, "--actor", "nobody") == []


@pytest.mark.parametrize("options", [["--since", "yesterday"], ["--action", "dance"], ["--limit", "0"]])
def test_what_cannot_be_looked_for_is_told(run: Run, options: list[str]) -> None:
    assert run("audit", "list", *options).exit_code == 2


@databases.both
def test_verify_prints_the_head_alone_on_stdout(run: Run, three: None) -> None:
    result = run("audit", "verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("4:")
    assert "Entries in their places, as they were written: 4." in result.stderr
    assert run("audit", "verify", "--expect", result.stdout).exit_code == 0
    told = json.loads(run("audit", "verify", "--json").stdout)
    assert told == {
        "sound": True,
        "entries": 4,
        "unsealed": 0,
        "head": result.stdout.strip(),
        "noted": result.stdout.strip(),
        "found": 0,
        "faults": [],
    }


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE audit SET actor = 'bob' WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 4", 4),
    ],
)
def test_verify_fails_and_names_what_was_tampered_with(
    run: Run, three: None, engine: Engine, statement: str, number: int
) -> None:
    head = run("audit", "verify").stdout.strip()
    break_in(engine, statement)
    result = run("audit", "verify", "--expect", head)
    assert result.exit_code == 1
    assert result.stdout.split()[0] == str(number)
    assert "1 fault in" in result.stderr
    told = json.loads(run("audit", "verify", "--json", "--expect", head).stdout)
    assert (told["sound"], told["head"], told["faults"][0]["number"]) == (False, None, number)


def test_of_many_faults_the_first_hundred_are_told(run: Run, services: Services, clock: Clock, engine: Engine) -> None:
    for _ in range(220):
        services.audit.record(ADA, Action.LISTED, "", "", clock())
    break_in(engine, "UPDATE audit SET actor = 'bob' WHERE number % 2 = 0")
    result = run("audit", "verify")
    assert len(result.stdout.splitlines()) == 100
    assert "110 faults in 220 entries, of which the first 100 are shown" in result.stderr


def test_what_went_wrong_at_once_is_one_line(run: Run, services: Services, clock: Clock, engine: Engine) -> None:
    for _ in range(99):
        services.audit.record(ADA, Action.LISTED, "", "", clock())
    break_in(engine, "DELETE FROM audit WHERE number = 10", "UPDATE audit SET number = number - 1 WHERE number > 10")
    result = run("audit", "verify")
    changed, noted = result.stdout.splitlines()
    assert changed.split(maxsplit=1) == [
        "10",
        "was changed, or put in the place of another (and 88 more right after it)",
    ]
    assert noted.split(maxsplit=1) == ["99", "is not there with the seal that was noted"]
    assert "90 faults in 98 entries." in result.stderr


REWRITTEN = {
    "all seals taken off": ["UPDATE audit SET seal = NULL, actor = 'mallory'"],
    "the end cut off": ["DELETE FROM audit WHERE number > 2"],
    "nothing left": ["DELETE FROM audit"],
}


@pytest.mark.parametrize("statements", REWRITTEN.values(), ids=REWRITTEN)
def test_what_was_rewritten_without_a_key_is_found_without_a_head(
    run: Run, three: None, engine: Engine, services: Services, clock: Clock, statements: list[str]
) -> None:
    break_in(engine, *statements)
    for _ in range(2):
        result = run("audit", "verify")
        assert result.exit_code == 1
        assert result.stdout.split(maxsplit=1) == ["4", "is not there with the seal that was noted\n"]
        services.audit.record(ADA, Action.LISTED, "", "", clock())  # which must not cover it up


def test_what_was_lost_can_be_accepted_and_that_is_an_entry(run: Run, three: None, engine: Engine) -> None:
    break_in(engine, "DELETE FROM audit WHERE number > 2")
    assert run("audit", "accept").exit_code == 2  # nobody is there to say yes
    assert run("audit", "verify").exit_code == 1
    result = run("audit", "accept", "--yes")
    assert (result.exit_code, result.stderr) == (0, "Noted: entry 3 is the newest.\n")
    assert run("audit", "verify").exit_code == 0
    newest = json.loads(run("audit", "list", "--json", "--limit", "1").stdout)[0]
    assert (newest["actor"], newest["action"], newest["detail"]) == (
        "command line",
        "audit.accepted",
        "entry 4 was noted",
    )


@pytest.mark.parametrize("head", ["", "4", "4:abc", "x:" + "0" * 64, "0:" + "0" * 64])
def test_what_is_no_head_is_told(run: Run, head: str) -> None:
    assert run("audit", "verify", "--expect", head).exit_code == 2
