"""API keys: made once, shown once, looked up at every call, revoked at once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.services.api_keys import PREFIX, ApiKeys, is_well_formed
from chatterkeep.storage.crypto import Vault, hash_token
from chatterkeep.storage.db import Database
from chatterkeep.storage.links import still_good
from chatterkeep.storage.models_access import ApiKeyRecord
from tests import databases
from tests.make import NOW

pytestmark = databases.both

HOUR = timedelta(hours=1)
KINDS = {"ends": NOW + HOUR, "is revoked": None, "stays": None}


@pytest.fixture
def keys(database: Database, vault: Vault) -> ApiKeys:
    return ApiKeys(database, vault)


def test_a_key_is_found_with_what_it_may_do(keys: ApiKeys) -> None:
    token = keys.create("shop", ["chat", "agent"], None, NOW)
    found = keys.find(token, NOW)
    assert found is not None
    assert (found.name, found.scopes, found.prefix) == ("shop", frozenset({"chat", "agent"}), token[:PREFIX])


def test_a_key_looks_like_one_and_no_two_are_alike(keys: ApiKeys) -> None:
    made = {keys.create("shop", ["chat"], None, NOW) for _ in range(20)}
    assert len(made) == 20
    assert all(token.startswith("ck_live_") and len(token) == 57 for token in made)


def test_only_a_hash_of_the_key_is_stored(keys: ApiKeys, database: Database) -> None:
    token = keys.create("shop", ["chat"], None, NOW)
    with database.read() as connection:
        (row,) = connection.execute(select(ApiKeyRecord.__table__)).all()
    assert token[PREFIX:] not in repr(row)
    assert row.prefix == token[:PREFIX]


def test_an_unknown_key_is_not_found(keys: ApiKeys, database: Database) -> None:
    token = keys.create("shop", ["chat"], None, NOW)
    with database.write() as connection:
        connection.execute(update(ApiKeyRecord).values(hash=b"another".ljust(32)))
    assert keys.find(token, NOW) is None


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize("token", ["", "ck_live_", "ck_live_" + "A" * 49, "ck_live_é" + "A" * 48, "x" * 8000])
def test_what_cannot_be_a_key_never_reaches_the_database(token: str) -> None:
    without_database: ApiKeys = ApiKeys(None, None)  # type: ignore[arg-type]
    assert without_database.find(token, NOW) is None


def test_one_wrong_letter_spoils_a_key(keys: ApiKeys) -> None:
    token = keys.create("shop", ["chat"], None, NOW)
    spoilt = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))]
    assert is_well_formed(token)
    assert not any(map(is_well_formed, spoilt))


def test_a_key_ends_when_it_expires(keys: ApiKeys) -> None:
    token = keys.create("shop", ["chat"], NOW + HOUR, NOW)
    assert keys.find(token, NOW + HOUR - timedelta(microseconds=1)) is not None
    assert keys.find(token, NOW + HOUR) is None
    assert [key.state(NOW + HOUR) for key in keys.list()] == ["expired"]


def test_a_revoked_key_ends_at_once_everywhere(keys: ApiKeys, database: Database, vault: Vault) -> None:
    token = keys.create("shop", ["chat"], None, NOW)
    other = keys.create("till", ["chat"], None, NOW)
    another_process = ApiKeys(database, vault)
    assert another_process.find(token, NOW) is not None
    assert keys.revoke(token[:PREFIX], NOW)
    assert another_process.find(token, NOW) is None
    assert keys.find(other, NOW) is not None
    assert [key.state(NOW) for key in keys.list()] == ["revoked", "active"]


def test_only_the_first_revocation_counts(keys: ApiKeys) -> None:
    token = keys.create("shop", ["chat"], None, NOW)
    assert keys.revoke(token[:PREFIX], NOW)
    assert not keys.revoke(token[:PREFIX], NOW + HOUR)
    assert not keys.revoke("ck_live_nothing!", NOW)
    assert [key.revoked_at for key in keys.list()] == [NOW]


def test_the_last_use_is_kept_to_the_minute(keys: ApiKeys) -> None:
    token = keys.create("shop", ["chat"], None, NOW)
    assert _last_use(keys) is None
    keys.find(token, NOW)
    keys.find(token, NOW + timedelta(seconds=59))
    assert _last_use(keys) == NOW
    keys.find(token, NOW + timedelta(seconds=61))
    assert _last_use(keys) == NOW + timedelta(seconds=61)


def test_a_request_does_not_fail_where_its_use_cannot_be_noted(
    keys: ApiKeys, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    token = keys.create("shop", ["chat"], None, NOW)
    with database.write() as connection:
        connection.exec_driver_sql(_REFUSAL[connection.dialect.name])
    try:
        assert keys.find(token, NOW) is not None
    finally:
        with database.write() as connection:
            connection.exec_driver_sql(_ALLOWANCE[connection.dialect.name])
    assert _last_use(keys) is None
    assert "api_key.use_not_noted" in caplog.text
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("name", "scopes", "expires"),
    [
        ("", ["chat"], None),
        (" ", ["chat"], None),
        ("x" * 65, ["chat"], None),
        ("a\0b", ["chat"], None),
        ("shop", [], None),
        ("shop", ["chat", "everything"], None),
        ("shop", ["chat"], NOW),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(keys: ApiKeys, name: str, scopes: list[str], expires: object) -> None:
    with pytest.raises(InvalidInput):
        keys.create(name, scopes, expires, NOW)  # type: ignore[arg-type]
    assert keys.list() == []


_REFUSAL = {
    "sqlite": "CREATE TRIGGER refuse BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(ABORT, 'no'); END",
    "postgresql": "CREATE RULE refuse AS ON UPDATE TO api_keys DO INSTEAD SELECT 1 / 0",
}
_ALLOWANCE = {"sqlite": "DROP TRIGGER refuse", "postgresql": "DROP RULE refuse ON api_keys"}


def _last_use(keys: ApiKeys) -> object:
    (key,) = keys.list()
    return key.last_used_at


def test_whoever_waits_with_a_key_may_until_it_ends(keys: ApiKeys, database: Database) -> None:
    """What was opened with a key is closed when this stops naming it."""
    ends, revoked, stays = (keys.create(name, ["chat"], end, NOW) for name, end in KINDS.items())
    hashes = {hash_token(token): token for token in (ends, revoked, stays)}

    def good(now: datetime) -> set[str]:
        with database.read() as connection:
            return {hashes[found] for found in still_good(connection, (), hashes, now)[1]}

    assert good(NOW) == {ends, revoked, stays}
    keys.revoke(revoked[:PREFIX], NOW)
    assert good(NOW) == {ends, stays}
    assert good(NOW + HOUR) == {stays}
