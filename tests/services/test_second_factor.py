"""Codes of a second factor: which are good, and that each is good once."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import Engine, update

from chatterkeep.domain.audit import Action, Actor
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.staff import Half, Member, Role
from chatterkeep.services.totp import address_of, step_of
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.models_access import StaffRecord
from tests import databases
from tests.make import NOW, PASSWORD
from tests.rows import everything

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ADA = Actor("ada", "r1")
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ada(services: Services) -> Member:
    """An account with a second factor."""
    services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)
    member = services.staff.log_in("ada", PASSWORD, "", NOW)
    assert isinstance(member, Member)
    return services.staff.set_second_factor(member, SECRET, code_at(NOW), ADA, NOW)


def code_at(now: datetime, steps: int = 0) -> str:
    return str(pyotp.TOTP(SECRET).at(now + steps * timedelta(seconds=30)))


def half(services: Services, now: datetime) -> Half:
    found = services.staff.log_in("ada", PASSWORD, "", now)
    assert isinstance(found, Half)
    return found


def details(services: Services, action: Action) -> list[str]:
    return [entry.detail for entry in services.audit.newest(100)[::-1] if entry.action is action]


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert step_of(SECRET, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps: int, good: bool) -> None:
    assert (step_of(SECRET, code_at(NOW, steps), NOW) is not None) is good


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "-12345"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert step_of(SECRET, code, NOW) is None


def test_a_code_may_be_typed_with_a_space(services: Services, ada: Member) -> None:
    code = code_at(LATER)
    assert services.staff.show_code(half(services, LATER), f" {code[:3]} {code[3:]}", "", LATER)


def test_an_authenticator_is_told_whose_secret_it_is() -> None:
    assert address_of(SECRET, "ada") == f"otpauth://totp/ChatterKeep:ada?secret={SECRET}&issuer=ChatterKeep"


@databases.both
def test_the_password_alone_is_half_a_login(services: Services, ada: Member) -> None:
    begun = half(services, LATER)
    assert services.staff.show_code(begun, "000000", "", LATER) is None
    assert services.staff.show_code(begun, code_at(LATER), "r2", LATER) == ada
    assert details(services, Action.LOGIN_BEGUN) == [""]
    assert details(services, Action.LOGIN_FAILED) == ["wrong code"]
    assert details(services, Action.LOGGED_IN)[1:] == ["with a second factor"]


@databases.both
def test_a_code_is_good_once_and_those_before_it_no_more(services: Services, ada: Member) -> None:
    assert services.staff.show_code(half(services, LATER), code_at(LATER), "", LATER)
    for steps in (0, -1):
        assert services.staff.show_code(half(services, LATER), code_at(LATER, steps), "", LATER) is None
    assert services.staff.show_code(half(services, LATER), code_at(LATER, 1), "", LATER)
    assert details(services, Action.LOGIN_FAILED) == ["code used before"] * 2


def test_the_code_that_set_it_up_is_used_already(services: Services, ada: Member) -> None:
    assert services.staff.show_code(half(services, NOW), code_at(NOW), "", NOW) is None


@databases.both
def test_of_two_who_show_a_code_at_once_one_gets_in(services: Services, ada: Member) -> None:
    begun, together, got_in = half(services, LATER), threading.Barrier(6), list[Member]()

    def show() -> None:
        together.wait()
        if member := services.staff.show_code(begun, code_at(LATER), "", LATER):
            got_in.append(member)

    threads = [threading.Thread(target=show) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got_in == [ada]


@databases.both
def test_wrong_codes_lock_the_account(services: Services, ada: Member) -> None:
    begun = half(services, LATER)
    for _ in range(10):
        assert services.staff.show_code(begun, "000000", "", LATER) is None
    assert services.staff.show_code(begun, code_at(LATER), "", LATER) is None
    assert services.staff.log_in("ada", PASSWORD, "", LATER) is None
    assert len(details(services, Action.ACCOUNT_LOCKED)) == 1


def test_the_right_password_does_not_forget_wrong_codes(services: Services, ada: Member) -> None:
    """Else who knows the password could try codes for ever."""
    for _ in range(10):
        services.staff.show_code(half(services, LATER), "000000", "", LATER)
    assert services.staff.log_in("ada", PASSWORD, "", LATER) is None


def test_half_a_login_ends_with_what_ends_logins(services: Services, ada: Member) -> None:
    begun = half(services, LATER)
    services.staff.change_password("ada", f"{PASSWORD}-renewed", LATER)
    assert services.staff.show_code(begun, code_at(LATER), "", LATER) is None


@databases.both
def test_the_secret_is_stored_sealed(services: Services, ada: Member, settings: Settings) -> None:
    assert SECRET.encode() not in everything(settings)


@databases.both
def test_setting_it_up_and_taking_it_off_end_all_logins(services: Services, ada: Member) -> None:
    assert services.staff.member(ada.id, ada.epoch) == ada
    assert ada.second_factor
    services.staff.drop_second_factor("ada", LATER)
    assert services.staff.member(ada.id, ada.epoch) is None
    member = services.staff.log_in("ada", PASSWORD, "", LATER)
    assert isinstance(member, Member)
    assert not member.second_factor


def test_a_secret_that_cannot_be_read_lets_nobody_in(services: Services, ada: Member, engine: Engine) -> None:
    begun = half(services, LATER)
    with engine.begin() as connection:
        connection.execute(update(StaffRecord).values(totp=b"not what was sealed"))
    assert services.staff.show_code(begun, code_at(LATER), "", LATER) is None


def test_a_wrong_code_sets_nothing_up(services: Services, ada: Member) -> None:
    services.staff.drop_second_factor("ada", NOW)
    member = services.staff.log_in("ada", PASSWORD, "", NOW)
    assert isinstance(member, Member)
    with pytest.raises(InvalidInput):
        services.staff.set_second_factor(member, SECRET, "000000", ADA, NOW)
    assert services.staff.member(member.id, member.epoch) == member


def test_an_offer_is_good_for_whom_it_was_made(services: Services, ada: Member) -> None:
    services.staff.create("kim", PASSWORD, Role.VIEWER, NOW)
    kim = services.staff.log_in("kim", PASSWORD, "", NOW)
    assert isinstance(kim, Member)
    sealed = services.staff.begin_second_factor(ada)
    assert services.staff.offered_secret(ada, sealed)
    assert services.staff.offered_secret(kim, sealed) is None
    assert services.staff.offered_secret(ada, sealed[:-1]) is None
