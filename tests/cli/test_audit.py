"""flask audit list | verify."""

import json

import pytest
from sqlalchemy import Engine, text

from chatterkeep.domain.audit import Action, Actor
from chatterkeep.services.wiring import Services
from tests import databases
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


def break_in(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        for name in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_refuses_{name}"))
        connection.execute(text(statement))


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
    for _ in range(120):
        services.audit.record(ADA, Action.LISTED, "", "", clock())
    break_in(engine, "UPDATE audit SET actor = 'bob'")
    result = run("audit", "verify")
    assert len(result.stdout.splitlines()) == 100
    assert "120 faults in 120 entries, of which the first 100 are shown" in result.stderr


@pytest.mark.parametrize("head", ["", "4", "4:abc", "x:" + "0" * 64, "0:" + "0" * 64])
def test_what_is_no_head_is_told(run: Run, head: str) -> None:
    assert run("audit", "verify", "--expect", head).exit_code == 2
