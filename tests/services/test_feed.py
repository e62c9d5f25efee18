"""Whom the feed wakes: those to whom something is news, and nobody more often than anybody can read."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.domain.messages import SessionRef
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.transcript import Position
from chatterkeep.services.feed import BREATH, PERIOD, Feed
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import get
from tests import databases
from tests.make import Clock, make_inbound, make_settings

pytestmark = databases.both

LOOKS = 3 * PERIOD


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url)


@pytest.fixture
def feed(database: Database, clock: Clock) -> Iterator[Feed]:
    """The feed of a process that writes nothing itself."""
    feed = Feed(database, clock)
    yield feed
    feed.close()
    while not feed.at_rest:
        time.sleep(0.01)


def say(services: Services) -> Outcome:
    return services.turns.receive(make_inbound(), services.clock())


def row_of(services: Services, database: Database, session_id: str) -> int:
    with database.read() as connection:
        return get(connection, services.vault, SessionRef(session_id)).session


def test_a_message_that_another_process_stored_wakes_a_reader(
    services: Services, database: Database, feed: Feed
) -> None:
    session = row_of(services, database, say(services).session_id)
    with feed.reading(session) as reader:
        reader.changes()
        assert reader.wait(LOOKS)
        assert reader.changes() == (True, False)


def test_a_reader_that_knows_the_message_sleeps_on(services: Services, database: Database, feed: Feed) -> None:
    session = row_of(services, database, say(services).session_id)
    with feed.reading(session) as reader:
        reader.changes()
        reader.position = Position(1, 2)
        assert not reader.wait(LOOKS)


def test_a_text_that_grows_is_no_news(feed: Feed) -> None:
    with feed.reading(1) as reader:
        reader.changes()
        feed.tell(1, growth_only=True)
        assert reader.wait(1)
        assert reader.changes() == (False, True)
        assert reader.changes() == (False, False)


def test_what_comes_within_a_breath_is_told_together(feed: Feed) -> None:
    def grow() -> None:
        while not enough.is_set():
            feed.tell(1, growth_only=True)
            time.sleep(BREATH / 10)

    enough = threading.Event()
    growing = threading.Thread(target=grow)
    growing.start()
    with feed.reading(1) as reader:
        begun = time.monotonic()
        woken = [reader.wait(1) for _ in range(5)]
        took = time.monotonic() - begun
    enough.set()
    growing.join()
    assert all(woken)
    assert took >= 4 * BREATH
