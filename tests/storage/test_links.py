"""Tokens as they are stored: one of a kind is prolonged or ended, and no other, and many are looked at in one go."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chatterkeep.domain.links import Terms
from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.services.api_keys import PREFIX
from chatterkeep.services.wiring import Services
from chatterkeep.storage import links
from chatterkeep.storage.crypto import hash_token
from chatterkeep.storage.db import Database
from chatterkeep.storage.links import still_good
from chatterkeep.storage.models_access import TokenRecord
from tests.make import NOW

HOUR = timedelta(hours=1)
TERMS = Terms(idle=timedelta(days=2), longest=timedelta(days=5))


@pytest.fixture
def page(services: Services) -> Capability:
    return Capability(services.threads.open(None, NOW), TokenKind.PAGE)


def as_another_kind(token: Capability) -> Capability:
    return Capability(token.token, TokenKind.API)


def test_only_a_good_token_that_was_not_noted_lately_is_to_be_noted(database: Database, page: Capability) -> None:
    with database.read() as connection:
        assert links.made_at(connection, page, NOW + HOUR, HOUR) == NOW
        assert links.made_at(connection, page, NOW + HOUR - timedelta(seconds=1), HOUR) is None
        assert links.made_at(connection, page, NOW + timedelta(days=400), HOUR) is None
        assert links.made_at(connection, as_another_kind(page), NOW + HOUR, HOUR) is None


def test_a_use_moves_the_end_of_this_token_alone(services: Services, database: Database, page: Capability) -> None:
    other = Capability(services.threads.open(None, NOW), TokenKind.PAGE)
    used = NOW + HOUR
    with database.write() as connection:
        before = connection.execute(select(TokenRecord.used_at, TokenRecord.ends_at)).first()
        links.use(connection, as_another_kind(page), NOW, used, TERMS)
        links.use(connection, page, NOW, used, TERMS)
        rows = connection.execute(select(TokenRecord.hash, TokenRecord.used_at, TokenRecord.ends_at)).all()
    assert {row.hash: (row.used_at, row.ends_at) for row in rows} == {
        hash_token(page.token): (used, used + TERMS.idle),
        hash_token(other.token): before,
    }


def test_an_end_is_of_this_token_alone_or_of_all_of_a_session(services: Services, database: Database) -> None:
    page, other = (Capability(services.threads.open(None, NOW), TokenKind.PAGE) for _ in range(2))
    session_id = services.threads.session_of(page)
    more = Capability(services.sessions.new_token(session_id, NOW), TokenKind.API)
    hashes = [hash_token(token.token) for token in (page, more, other)]
    with database.write() as connection:
        links.end(connection, as_another_kind(page))
        assert still_good(connection, (), hashes, NOW)[1] == set(hashes)
        links.end(connection, page)
        assert still_good(connection, (), hashes, NOW)[1] == set(hashes[1:])
        (session,) = connection.execute(
            select(TokenRecord.session_id).where(TokenRecord.hash == hash_token(more.token))
        ).one()
        assert links.end_all(connection, session) == 1
        assert still_good(connection, (), hashes, NOW)[1] == {hash_token(other.token)}


def test_more_than_fit_in_one_question_are_all_looked_at(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatterkeep.storage.parts._AT_ONCE", 2)
    pages = [services.threads.open(None, NOW) for _ in range(5)]
    keys = [services.api_keys.create(f"key {n}", ["chat"], NOW + HOUR, NOW) for n in range(2)]
    hashes = {hash_token(token) for token in (*pages, *keys)}
    with database.read() as connection:
        sessions = set(connection.scalars(select(TokenRecord.session_id)))
        assert len(sessions) == 5
        assert still_good(connection, {*sessions, 10_000}, {*hashes, bytes(32)}, NOW) == (sessions, hashes)
        in_an_hour = {hash_token(token) for token in pages}
        assert still_good(connection, sessions, hashes, NOW + HOUR) == (sessions, in_an_hour)
        assert still_good(connection, (), hashes, NOW + timedelta(days=400)) == (set(), set())
        ends_at = connection.scalar(select(TokenRecord.ends_at))
        assert ends_at
        assert still_good(connection, (), hashes, ends_at) == (set(), set())


def test_a_key_is_good_until_it_expires_or_is_revoked_and_no_other_is_told(
    services: Services, database: Database
) -> None:
    lasting, ending, revoked, other = (
        services.api_keys.create(name, ["chat"], expires_at, NOW)
        for name, expires_at in (("lasting", None), ("ending", NOW + HOUR), ("revoked", None), ("other", None))
    )
    page = services.threads.open(None, NOW)
    services.threads.open(None, NOW)
    assert services.api_keys.revoke(revoked[:PREFIX], NOW)
    asked = [hash_token(token) for token in (lasting, ending, revoked, page)]
    with database.read() as connection:
        assert still_good(connection, (), asked, NOW)[1] == {asked[0], asked[1], asked[3]}
        assert still_good(connection, (), asked, NOW + HOUR)[1] == {asked[0], asked[3]}
        assert still_good(connection, (), [hash_token(other)], NOW)[1] == {hash_token(other)}
