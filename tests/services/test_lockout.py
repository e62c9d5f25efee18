"""Accounts that are guessed at: locked after ten failed logins in a row, and nobody can tell from outside."""

import threading
from datetime import datetime, timedelta

import pytest
from pyotp import TOTP
from sqlalchemy import Engine, select, update

from chatterkeep.domain.audit import Action, Actor
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.staff import Half, Member, Role
from chatterkeep.services.passwords import Passwords
from chatterkeep.services.totp import new_secret
from chatterkeep.services.wiring import Services
from chatterkeep.storage.models_access import StaffRecord
from tests import databases
from tests.make import NOW, PASSWORD

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ada(services: Services) -> str:
    return services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)


def fail(services: Services, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        assert services.staff.log_in("ada", "wrong", "", now) is None


def may(services: Services, now: datetime = NOW) -> bool:
    return isinstance(services.staff.log_in("ada", PASSWORD, "", now), Member)


def stored(engine: Engine) -> tuple[int, datetime | None]:
    with engine.connect() as connection:
        failures, until = connection.execute(select(StaffRecord.failures, StaffRecord.locked_until)).one()
        return failures, until


def told(services: Services, action: Action) -> list[str]:
    return [entry.detail for entry in services.audit.newest(1000)[::-1] if entry.action is action]


@databases.both
def test_after_ten_failures_even_the_right_password_is_refused_for_a_quarter_of_an_hour(
    services: Services, ada: str
) -> None:
    fail(services, 10)
    assert not may(services)
    assert not may(services, NOW + 14 * MINUTE)
    assert may(services, NOW + 15 * MINUTE)
    assert told(services, Action.ACCOUNT_LOCKED) == ["for 15 minutes, after 10 failed logins"]
    assert told(services, Action.LOGIN_FAILED) == [*["wrong password"] * 10, "locked", "locked"]


@databases.both
def test_nine_failures_do_not_lock_and_a_login_forgets_them(services: Services, ada: str, engine: Engine) -> None:
    for _ in range(2):
        fail(services, 9)
        assert may(services)
        assert stored(engine) == (0, None)


def test_during_the_lock_the_right_password_is_not_even_half_a_login(services: Services, ada: str) -> None:
    """Nobody is asked for the code of a second factor who did not get as far."""
    member = services.staff.log_in("ada", PASSWORD, "", NOW)
    assert isinstance(member, Member)
    secret = new_secret()
    services.staff.set_second_factor(member, secret, TOTP(secret).at(NOW), Actor("ada", "r1"), NOW)
    fail(services, 10)
    assert services.staff.log_in("ada", PASSWORD, "", NOW + MINUTE) is None
    assert told(services, Action.LOGIN_BEGUN) == []
    assert isinstance(services.staff.log_in("ada", PASSWORD, "", NOW + 15 * MINUTE), Half)


def test_what_is_tried_during_the_lock_does_not_lengthen_it(services: Services, ada: str, engine: Engine) -> None:
    fail(services, 30)
    assert stored(engine) == (10, NOW + 15 * MINUTE)


@databases.both
def test_each_lock_lasts_twice_as_long_as_the_one_before(services: Services, ada: str, engine: Engine) -> None:
    fail(services, 10)
    later = NOW + 15 * MINUTE
    fail(services, 10, later)
    assert stored(engine) == (20, later + 30 * MINUTE)


@databases.both
def test_an_administrator_can_unlock(services: Services, ada: str, engine: Engine) -> None:
    fail(services, 10)
    services.staff.unlock("ada", NOW)
    assert stored(engine) == (0, None)
    assert may(services)
    with pytest.raises(NotFound):
        services.staff.unlock("bob", NOW)


@databases.both
def test_guesses_at_the_same_moment_are_all_counted(services: Services, ada: str, engine: Engine) -> None:
    """Ten lock the account; what comes after that, among them the right password, is refused and not counted."""
    with engine.begin() as connection:
        connection.execute(update(StaffRecord).values(failures=2))
    together = threading.Barrier(12)

    def guess() -> None:
        together.wait()
        services.staff.log_in("ada", "wrong", "", NOW)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored(engine) == (10, NOW + 15 * MINUTE)
    assert len(told(services, Action.LOGIN_FAILED)) == 12
    assert len(told(services, Action.ACCOUNT_LOCKED)) == 1
    assert not may(services)


def test_whoever_was_locked_while_the_password_was_checked_stays_out(
    services: Services, ada: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Passwords.fits

    def locked_meanwhile(self: Passwords, password: str, password_hash: str) -> bool:
        with engine.begin() as connection:
            connection.execute(update(StaffRecord).values(failures=10, locked_until=NOW + MINUTE))
        return real(self, password, password_hash)

    monkeypatch.setattr(Passwords, "fits", locked_meanwhile)
    assert not may(services)
    assert told(services, Action.LOGIN_FAILED) == ["locked"]


def test_a_wrong_old_password_counts_like_a_failed_login(services: Services, ada: str) -> None:
    for _ in range(10):
        assert not services.staff.confirm(Actor("ada", "r1"), "wrong", NOW)
    assert not services.staff.confirm(Actor("ada", "r1"), PASSWORD, NOW)
    assert not may(services)
