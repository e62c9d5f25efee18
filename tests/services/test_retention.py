"""What is too old goes, in small steps, by as many processes as there are; the rest stays."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, insert, select, update

from chatterkeep.domain.audit import COMMAND_LINE, SERVER, Action
from chatterkeep.domain.erasure import Counts
from chatterkeep.domain.messages import Capability, Inbound, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage import expiry
from chatterkeep.storage.models import WordRecord
from chatterkeep.storage.models_access import CodeRecord, ProofRecord, TokenRecord
from tests import databases, rows
from tests.apps import running_app
from tests.make import Clock, make_address, make_inbound, make_phone, make_settings

pytestmark = databases.both

DAYS = timedelta(days=90)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Numbers stay their owners' for longer than messages are kept."""
    values = {"database_url": settings.database_url, "retention": "90d", "proof_lifetime": "400d"}
    return make_settings(data_dir=settings.data_dir, **values)


@pytest.fixture
def elsewhere(app: Flask, settings: Settings, clock: Clock) -> Iterator[Services]:
    """The use cases of another process on the same database."""
    with running_app(settings, clock) as other:
        yield other.extensions["chatterkeep"]


def say(services: Services, *texts: str, phone: str = "") -> str:
    sender = make_address(phone=phone or make_phone())
    for text in texts or ("hello",):
        outcome = services.turns.receive(make_inbound(text=text, sender=sender), services.clock())
    return outcome.session_id


def purged(services: Services) -> Counts:
    return sum(services.retention.purge(DAYS, COMMAND_LINE, services.clock()), Counts())


def left(engine: Engine) -> tuple[int, int]:
    found = rows.count(engine)
    return found["sessions"], found["conversations"]


def audited(services: Services) -> list[str]:
    return [entry.detail for entry in services.audit.newest(100) if entry.action is Action.PURGED]


def test_what_had_no_message_for_so_long_goes_and_the_rest_stays(
    services: Services, clock: Clock, engine: Engine
) -> None:
    say(services, "hello", "Ada")
    clock.forward(days=1)
    young = say(services)
    clock.forward(days=89, hours=1)
    assert services.retention.due(DAYS, clock()) == Counts(sessions=1, conversations=1, messages=4, numbers=1)
    assert purged(services) == Counts(sessions=1, conversations=1, messages=4, numbers=1)
    assert left(engine) == (1, 1)
    assert services.sessions.show(young).lines
    assert audited(services) == ["1 session, 1 conversation, 4 messages, 1 number"]


def test_a_person_who_writes_again_loses_only_what_is_old(services: Services, clock: Clock, engine: Engine) -> None:
    phone = make_phone()
    session_id = say(services, phone=phone)
    clock.forward(days=91)
    assert say(services, "hello", "restart", phone=phone) == session_id
    assert purged(services).sessions == 0
    assert rows.count(engine)["sessions"] == 1
    assert len(services.sessions.show(session_id).lines) > 0
    assert services.retention.due(DAYS, clock()) == Counts()


def test_a_second_purge_finds_nothing_and_says_nothing(services: Services, clock: Clock) -> None:
    say(services)
    clock.forward(days=91)
    purged(services)
    assert purged(services) == Counts()
    assert len(audited(services)) == 1


def test_words_in_the_index_go_too(services: Services, clock: Clock, engine: Engine) -> None:
    say(services)
    clock.forward(days=91)
    say(services)
    services.indexing.catch_up(10)
    purged(services)
    with engine.connect() as connection:
        assert set(connection.scalars(select(WordRecord.conversation_id))) == {2}


def test_a_page_that_was_open_lately_stays_and_shows_what_comes(
    services: Services, clock: Clock, engine: Engine
) -> None:
    page = Capability(services.threads.open(PhoneNumber(make_phone()), clock()), TokenKind.PAGE)
    for text in ("hello", "Ada", "restart", "hello"):
        services.turns.receive(Inbound(page, text), clock())
    seen = services.threads.show(page).shown
    clock.forward(days=91)
    with engine.begin() as connection:
        connection.execute(update(TokenRecord).values(used_at=clock(), ends_at=clock() + DAYS))
    assert services.retention.due(DAYS, clock()) == Counts(conversations=2, messages=8)
    assert purged(services) == Counts(conversations=2, messages=8)
    assert services.threads.news(page, seen).lines == ()
    services.turns.receive(Inbound(page, "hello"), clock())
    assert [line.text for line in services.threads.news(page, seen).lines] == ["hello", "What is your name?"]


def test_a_killed_purge_goes_on_where_it_was(
    services: Services, clock: Clock, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "CONVERSATIONS", 2)
    for _ in range(5):
        say(services)
    clock.forward(days=91)
    next(iter(services.retention.purge(DAYS, COMMAND_LINE, clock())))
    assert left(engine) == (3, 3)
    assert purged(services).conversations == 3
    assert left(engine) == (0, 0)


def test_a_step_takes_few_messages(services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "MESSAGES", 3)
    for _ in range(4):
        say(services)
    clock.forward(days=91)
    steps = list(services.retention.purge(DAYS, COMMAND_LINE, clock()))
    assert [counts.conversations for counts in steps] == [2, 2]


def test_several_processes_at_once_do_the_work_of_one(
    services: Services, elsewhere: Services, clock: Clock, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "CONVERSATIONS", 3)
    for _ in range(30):
        say(services)
    clock.forward(days=91)
    done: list[Counts] = []
    threads = [threading.Thread(target=lambda use=use: done.append(purged(use))) for use in (services, elsewhere)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done, Counts()) == Counts(sessions=30, conversations=30, messages=60, numbers=30)
    assert left(engine) == (0, 0)


def test_the_round_does_it_by_itself(services: Services, clock: Clock, engine: Engine) -> None:
    say(services)
    clock.forward(days=91)
    assert services.housekeeping.go_round().conversations == 1
    assert left(engine) == (0, 0)
    assert {entry.actor for entry in services.audit.newest(10)} == {SERVER}


def test_the_round_removes_ended_links_and_pages_nobody_can_reach(
    services: Services, clock: Clock, engine: Engine
) -> None:
    services.threads.open(PhoneNumber(make_phone()), clock())
    clock.forward(days=29)
    assert services.housekeeping.go_round() == Counts()
    clock.forward(days=2)
    assert services.housekeeping.go_round() == Counts(sessions=1, links=1, numbers=1)
    assert left(engine) == (0, 0)


def test_the_round_removes_attempts_that_no_longer_count(services: Services, clock: Clock, engine: Engine) -> None:
    for hours in (0, 30):
        with engine.begin() as connection:
            _attempt(connection, clock() + timedelta(hours=hours))
    clock.forward(hours=49)
    services.housekeeping.go_round()
    with engine.connect() as connection:
        assert len(connection.scalars(select(ProofRecord.id)).all()) == 1
        assert len(connection.scalars(select(CodeRecord.id)).all()) == 1


class TestKeptUntilErased:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"retention": timedelta(0)})

    def test_nothing_that_was_said_is_ever_removed(self, services: Services, clock: Clock, engine: Engine) -> None:
        say(services)
        page = Capability(services.threads.open(PhoneNumber(make_phone()), clock()), TokenKind.PAGE)
        services.turns.receive(Inbound(page, "hello"), clock())
        clock.forward(days=3650)
        services.housekeeping.go_round()
        assert services.retention.period is None
        assert left(engine) == (2, 2)
        with engine.connect() as connection:
            assert connection.scalars(select(TokenRecord.hash)).all() == []


def test_the_thread_of_the_rounds_ends_when_it_is_told_to(services: Services) -> None:
    services.housekeeping.start()
    services.housekeeping.start()
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("housekeeping") == 1
    services.housekeeping.close()
    for thread in threading.enumerate():
        if thread.name == "housekeeping":
            thread.join(5)
    assert services.housekeeping.at_rest


def _attempt(connection: object, at: object) -> None:
    values = {"lookup": b"l" * 32, "created_at": at, "ends_at": at}
    proof = connection.execute(insert(ProofRecord).values(hash=uuid4().bytes * 2, **values))  # type: ignore[attr-defined]
    key = proof.inserted_primary_key[0]
    connection.execute(insert(CodeRecord).values(proof_id=key, sent=True, **values))  # type: ignore[attr-defined]
