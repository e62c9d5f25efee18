"""flask admin unlock | role | second-factor: what helps whoever cannot get in."""

import json
from datetime import timedelta

import pyotp
import pytest

from chatterkeep.domain.audit import Actor
from chatterkeep.domain.staff import Half, Member, Role
from chatterkeep.services.wiring import Services
from tests import databases
from tests.cli.conftest import Run
from tests.make import NOW, PASSWORD


@pytest.fixture
def ada(services: Services) -> Member:
    services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)
    member = services.staff.log_in("ada", PASSWORD, "", NOW)
    assert isinstance(member, Member)
    return member


def account(run: Run) -> dict[str, object]:
    (row,) = json.loads(run("admin", "list", "--json").stdout)
    return row


@databases.both
def test_unlock_lets_a_locked_account_log_in_again(run: Run, services: Services, ada: Member) -> None:
    for _ in range(10):
        services.staff.log_in("ada", "wrong", "", NOW)
    assert account(run)["locked_until"] == (NOW + timedelta(minutes=15)).isoformat()
    assert run("admin", "unlock", "ADA").exit_code == 0
    assert account(run)["locked_until"] is None
    assert services.staff.log_in("ada", PASSWORD, "", NOW) == ada


@databases.both
def test_role_changes_what_an_account_may_and_ends_its_logins(run: Run, services: Services, ada: Member) -> None:
    assert run("admin", "role", "ada", "viewer").exit_code == 0
    assert account(run)["role"] == "viewer"
    assert services.staff.member(ada.id, ada.epoch) is None
    assert run("admin", "role", "ada", "owner").exit_code == 2


@databases.both
def test_second_factor_off_helps_whoever_lost_the_device(run: Run, services: Services, ada: Member) -> None:
    secret = pyotp.random_base32()
    services.staff.set_second_factor(ada, secret, pyotp.TOTP(secret).at(NOW), Actor("ada"), NOW)
    assert account(run)["second_factor"] is True
    assert isinstance(services.staff.log_in("ada", PASSWORD, "", NOW), Half)
    assert run("admin", "second-factor", "ada").exit_code == 2
    assert isinstance(services.staff.log_in("ada", PASSWORD, "", NOW), Half)
    assert run("admin", "second-factor", "ada", "--off").exit_code == 0
    assert isinstance(services.staff.log_in("ada", PASSWORD, "", NOW), Member)
    assert "has no second factor" in run("admin", "second-factor", "ada", "--off").stderr


@pytest.mark.parametrize("command", [["unlock", "bob"], ["role", "bob", "viewer"], ["second-factor", "bob", "--off"]])
def test_what_has_no_account_is_told(run: Run, command: list[str]) -> None:
    result = run("admin", *command)
    assert (result.exit_code, "There is no such account" in result.stderr) == (1, True)
