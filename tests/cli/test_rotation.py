"""flask keys rotate | retire | status | clean."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete

from chatterkeep.cli import rotation
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.keyfile import held, read_key_file
from chatterkeep.storage.models import SessionRecord
from tests.cli.conftest import Run
from tests.databases import both
from tests.make import NAME, NOW, Clock, make_inbound


@pytest.fixture(autouse=True)
def _no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else needs time to notice."""
    monkeypatch.setattr(rotation, "SETTLES", 0)


def rows(run: Run) -> dict[tuple[str, int], dict[str, object]]:
    found = json.loads(run("keys", "status", "--json").stdout)
    return {(row["purpose"], row["version"]): row for row in found}


@both
def test_status_tells_what_each_version_is_needed_for(run: Run, services: Services) -> None:
    services.turns.receive(make_inbound(), NOW)
    run("keys", "rotate", "wrapping")
    found = rows(run)
    assert found["wrapping", 1]["state"] == "old"
    assert (found["wrapping", 1]["needed_by"], found["wrapping", 2]["needed_by"]) == (0, 1)
    assert (found["wrapping", 2]["state"], found["wrapping", 2]["since"]) == ("in use", NOW.isoformat())
    assert (found["pepper", 1]["needed_by"], found["data", 1]["needed_by"]) == (1, 1)
    assert found["secret", 1]["needed_by"] is None


@pytest.mark.parametrize("purpose", ["wrapping", "data", "pepper", "secret"])
def test_a_rotation_says_what_it_did_and_leaves_a_line_in_the_audit(run: Run, services: Services, purpose: str) -> None:
    services.turns.receive(make_inbound(text=NAME), NOW)
    result = run("keys", "rotate", purpose)
    changed = 0 if purpose == "secret" else 1
    assert f"Version 2 of {purpose} is in use: {changed} values changed in this run." in result.stderr
    entries = services.audit.newest(9)
    assert [entry.action for entry in entries] == ["key.rotated", "key.used", "key.introduced"]
    assert {entry.subject for entry in entries} == {purpose}
    assert services.turns.receive(make_inbound(), NOW)


def test_a_dry_run_changes_nothing(run: Run, settings: Settings) -> None:
    before = settings.keys.read_bytes()
    assert "Would change to version 2 of pepper" in run("keys", "rotate", "pepper", "--dry-run").stderr
    run("keys", "rotate", "wrapping")
    after = settings.keys.read_bytes()
    assert "Would retire version 1" in run("keys", "retire", "wrapping", "1", "--dry-run").stderr
    assert settings.keys.read_bytes() == after != before


def test_with_several_machines_it_goes_step_by_step(run: Run, services: Services, settings: Settings) -> None:
    run("keys", "rotate", "pepper", "--until", "known")
    assert read_key_file(settings.keys).in_use("pepper") == 1
    assert services.audit.newest(1)[0].action == "key.introduced"
    run("keys", "rotate", "pepper", "--until", "used")
    assert read_key_file(settings.keys).in_use("pepper") == 2
    assert (services.audit.newest(1)[0].action, services.audit.newest(1)[0].detail) == ("key.used", "version 2")
    assert read_key_file(settings.keys).rotating == {"pepper": 2}
    run("keys", "rotate", "pepper")
    assert read_key_file(settings.keys).rotating == {}


def test_retiring_is_refused_while_something_needs_the_key(run: Run, services: Services, settings: Settings) -> None:
    services.turns.receive(make_inbound(), NOW)
    refused = run("keys", "retire", "wrapping", "1", "--yes")
    assert (refused.exit_code, "is in use" in refused.stderr) == (1, True)
    assert read_key_file(settings.keys).wrapping.keys() == {1}


def test_retiring_needs_a_yes_and_leaves_a_line_in_the_audit(run: Run, services: Services, settings: Settings) -> None:
    run("keys", "rotate", "wrapping")
    assert run("keys", "retire", "wrapping", "1").exit_code == 2
    assert run("keys", "retire", "wrapping", "1", "--yes").exit_code == 0
    assert read_key_file(settings.keys).wrapping.keys() == {2}
    assert services.audit.newest(1)[0].action == "key.retired"


def test_a_stolen_secret_can_be_retired_at_once(run: Run, clock: Clock, settings: Settings) -> None:
    run("keys", "rotate", "secret")
    clock.forward(hours=1)
    assert "--anyway" in run("keys", "retire", "secret", "1", "--yes").stderr
    assert run("keys", "retire", "secret", "1", "--anyway", "--yes").exit_code == 0
    assert read_key_file(settings.keys).secrets.keys() == {2}


def test_one_command_waits_for_no_other(run: Run, settings: Settings) -> None:
    with held(settings.keys):
        result = run("keys", "rotate", "wrapping")
    assert (result.exit_code, "Another command" in result.stderr) == (1, True)


@both
def test_clean_destroys_what_belongs_to_nobody_for_a_day(
    run: Run, services: Services, engine: Engine, clock: Clock
) -> None:
    gone, kept = (services.turns.receive(make_inbound(), NOW) for _ in range(2))
    with engine.begin() as connection:
        connection.execute(delete(SessionRecord).where(SessionRecord.public_id == gone.session_id))
    clock.now += timedelta(days=36500)
    assert "1 shares belong to no session" in run("keys", "clean", "--dry-run").stderr
    assert "Destroyed 1 shares." in run("keys", "clean", "--yes").stderr
    assert services.vault.forget(kept.session_id) == 1
