"""Accounts and passwords: how they are kept, and what a login does to them."""

import threading
import time

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import Engine, select, update

from chatterkeep.domain.errors import InvalidInput, NotFound, StoreBusy
from chatterkeep.domain.staff import Role
from chatterkeep.services.passwords import Passwords
from chatterkeep.services.wiring import Services
from chatterkeep.storage.models_access import StaffRecord
from tests import databases
from tests.make import NOW, PASSWORD

NEW_PASSWORD = f"{PASSWORD}-renewed"


@pytest.fixture
def ada(services: Services) -> str:
    return services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)


def stored_hash(engine: Engine) -> str:
    with engine.connect() as connection:
        return connection.execute(select(StaffRecord.password_hash)).scalar_one()


def test_a_password_is_kept_as_argon2id_with_the_floor_of_owasp(ada: str, engine: Engine) -> None:
    kept = extract_parameters(stored_hash(engine))
    assert (kept.type.name, kept.memory_cost, kept.time_cost, kept.parallelism) == ("ID", 19456, 2, 1)


@databases.both
def test_a_hash_of_other_parameters_is_renewed_by_the_next_login(services: Services, ada: str, engine: Engine) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with engine.begin() as connection:
        connection.execute(update(StaffRecord).values(password_hash=old))
    assert services.staff.log_in("ada", "wrong", "", NOW) is None
    assert stored_hash(engine) == old
    member = services.staff.log_in("ada", PASSWORD, "", NOW)
    assert member is not None
    assert extract_parameters(stored_hash(engine)).memory_cost == 19456
    assert services.staff.member(member.id, member.epoch) == member
    assert services.staff.log_in("ada", PASSWORD, "", NOW) == member


def test_a_damaged_hash_lets_nobody_in(services: Services, ada: str, engine: Engine) -> None:
    for damaged in ("", "plain", "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA"):
        with engine.begin() as connection:
            connection.execute(update(StaffRecord).values(password_hash=damaged))
        assert services.staff.log_in("ada", PASSWORD, "", NOW) is None
        assert services.staff.log_in("ada", damaged, "", NOW) is None


@pytest.mark.parametrize("username", ["ada", "bob", "", "no name at all", "kim", "lea"])
def test_every_attempt_costs_one_hash_of_the_same_size(
    services: Services, ada: str, username: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the time an answer takes tells nobody which names exist."""
    tried: list[str] = []
    real = Passwords.fits

    def noted(self: Passwords, password: str, password_hash: str) -> bool:
        tried.append(password_hash)
        return real(self, password, password_hash)

    services.staff.create("kim", PASSWORD, Role.VIEWER, NOW)
    services.staff.disable("kim", NOW)
    services.staff.create("lea", PASSWORD, Role.VIEWER, NOW)
    for _ in range(10):
        services.staff.log_in("lea", "wrong", "", NOW)
    monkeypatch.setattr(Passwords, "fits", noted)
    assert services.staff.log_in(username, "wrong", "", NOW) is None
    real_hash = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash("any")
    assert [extract_parameters(one) for one in tried] == [extract_parameters(real_hash)]


def test_a_password_that_looks_the_same_is_the_same(services: Services) -> None:
    services.staff.create("kim", "Caf\u00e9 au lait, s'il vous pla\u00eet", Role.VIEWER, NOW)
    assert services.staff.log_in("kim", "Cafe\u0301 au lait, s'il vous plai\u0302t", "", NOW)


@databases.both
def test_a_new_password_and_the_end_of_an_account_end_its_logins(services: Services, ada: str) -> None:
    member = services.staff.log_in("ada", PASSWORD, "", NOW)
    assert member is not None
    services.staff.change_password("ada", NEW_PASSWORD, NOW)
    assert services.staff.member(member.id, member.epoch) is None
    again = services.staff.log_in("ada", NEW_PASSWORD, "", NOW)
    assert again is not None
    services.staff.disable("ada", NOW)
    assert services.staff.member(again.id, again.epoch) is None


def test_what_has_no_account_cannot_be_changed(services: Services) -> None:
    with pytest.raises(NotFound):
        services.staff.change_password("bob", PASSWORD, NOW)
    with pytest.raises(NotFound):
        services.staff.disable("bob", NOW)


@databases.both
def test_two_who_make_the_same_account_at_once_make_one(services: Services) -> None:
    refused: list[str] = []

    def create() -> None:
        try:
            services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)
        except InvalidInput as error:
            refused.append(str(error))

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(services.staff.accounts()), len(refused)) == (1, 3)
    assert len(services.audit.newest(10)) == 1


class SlowHasher:
    """Counts how many hashes are made at the same time."""

    def __init__(self) -> None:
        self.running = self.most = 0

    def hash(self, password: str) -> str:
        self.running += 1
        self.most = max(self.most, self.running)
        time.sleep(0.02)
        self.running -= 1
        return password


def test_no_more_than_two_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, hasher = Passwords(), SlowHasher()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    threads = [threading.Thread(target=passwords.hash, args=(PASSWORD,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hasher.most == 2


def test_whoever_waits_too_long_for_a_hash_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatterkeep.services.passwords.PATIENCE", 0.01)
    passwords = Passwords()
    with passwords._turn(), passwords._turn(), pytest.raises(StoreBusy):
        passwords.hash(PASSWORD)
