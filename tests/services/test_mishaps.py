"""What goes wrong beside the answer itself: it is told, or it heals, and nothing is asked twice."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from chatterkeep.domain.answers import Failure
from chatterkeep.domain.errors import NotFound, RateLimited
from chatterkeep.domain.messages import SessionRef
from chatterkeep.domain.replies import LEASE, MOST_CLAIMS
from chatterkeep.services.feed import MOST_READERS
from chatterkeep.services.following import Cursor, Said
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import get
from chatterkeep.storage.models import ReplyRecord, SessionRecord
from tests import databases
from tests.apps import running_app
from tests.llm.server import LLM
from tests.make import Clock, make_address, make_inbound, make_settings
from tests.waiting import until

pytestmark = databases.both


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(between=0.02).running() as server:
        yield server


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM) -> Settings:
    return make_settings(
        data_dir=data_dir, database_url=database_url, flow="assistant", openai_base_url=fake.url, answer_cache=0
    )


@pytest.fixture
def elsewhere(app: Flask, settings: Settings, clock: Clock) -> Iterator[Services]:
    """The use cases of another process on the same database."""
    with running_app(settings, clock) as other:
        yield other.extensions["chatterkeep"]


def state_of(database: Database) -> str | None:
    with database.read() as connection:
        return connection.scalar(select(ReplyRecord.state))


@pytest.mark.parametrize("reply_id", ["\0", "\ud800", "", "no-such-reply"])
def test_an_id_that_is_none_is_not_found(services: Services, reply_id: str) -> None:
    with pytest.raises(NotFound):
        services.replies.show(reply_id)


def test_one_session_has_so_many_readers(services: Services, database: Database, vault: Vault) -> None:
    outcome = services.turns.receive(make_inbound(text="Why?"), services.clock())
    assert outcome.generated
    with database.read() as connection:
        session = get(connection, vault, SessionRef(outcome.session_id)).session
    with ExitStack() as stack:
        for _ in range(MOST_READERS):
            stack.enter_context(services.feed.reading(session))
        with pytest.raises(RateLimited), services.feed.reading(session):
            pass
        assert services.replies.wait(outcome.generated, 60).reply_id == outcome.reply_id
    assert services.replies.wait(outcome.generated, 60).state.ended


def test_once_nobody_answers_any_more_what_was_asked_fails(services: Services, settings: Settings, fake: LLM) -> None:
    services.writers.retire()
    outcome = services.turns.receive(make_inbound(text="Why?"), services.clock())
    changed = settings.model_copy(update={"answerer": "none"})
    with running_app(changed, Clock()) as later:
        use = later.extensions["chatterkeep"]
        assert use.writers.sweep() == 1
        assert outcome.generated
        assert use.replies.wait(outcome.generated, 60).failure is Failure.BROKEN
    assert not fake.requests


def test_a_reply_whose_key_was_destroyed_is_not_there_and_is_not_claimed_again(
    services: Services, elsewhere: Services, database: Database
) -> None:
    services.writers.retire()
    outcome = services.turns.receive(make_inbound(text="Why?"), services.clock())
    assert outcome.reply_id
    services.vault.forget(outcome.session_id)
    with pytest.raises(NotFound):
        services.replies.show(outcome.reply_id)
    assert elsewhere.writers.sweep() == 1
    until(lambda: state_of(database) == "failed")
    assert elsewhere.writers.sweep() == 0


def test_a_reply_whose_key_is_missing_waits_for_it_and_not_for_ever(
    services: Services, elsewhere: Services, database: Database, clock: Clock
) -> None:
    services.writers.retire()
    services.turns.receive(make_inbound(text="Why?"), services.clock())
    with database.write() as connection:
        connection.execute(update(SessionRecord).values(data_key=b"gone"))
        connection.execute(update(ReplyRecord).values(claims=MOST_CLAIMS - 1))
    assert elsewhere.writers.sweep() == 1
    until(lambda: not elsewhere.writers.desk.all())
    assert state_of(database) == "writing"
    clock.forward(seconds=LEASE.total_seconds() + 1)
    assert elsewhere.writers.sweep() == 1
    until(lambda: state_of(database) == "failed")


def test_why_a_provider_failed_is_logged(services: Services, fake: LLM, caplog: pytest.LogCaptureFixture) -> None:
    fake.fault = "not-found"
    outcome = services.turns.receive(make_inbound(text="Why?"), services.clock())
    assert outcome.generated
    assert services.replies.wait(outcome.generated, 60).failure is Failure.BAD_REQUEST
    problems = [record.__dict__["problem"] for record in caplog.records if record.message == "reply.failed"]
    assert problems == ["bad_request: HTTP 404 model_not_found"]


def test_what_was_stored_slowly_is_found_all_the_same(services: Services, clock: Clock) -> None:
    """Its time is too old by then for a look at what is new."""
    alice = make_address()
    first = services.turns.receive(make_inbound(text="help", sender=alice), services.clock())
    cursor = services.following.newest(first.session_id)
    clock.forward(seconds=LEASE.total_seconds())
    heard = services.following.follow(first.session_id, cursor, pause=0.05)
    assert next(heard) is None
    long_ago = clock.now - LEASE
    services.turns.receive(make_inbound(text="help", sender=alice), long_ago)
    found = next(event for event in heard if event)
    assert isinstance(found[0], Said)
    assert str(found[1]) > str(cursor)
    assert cursor != Cursor()
