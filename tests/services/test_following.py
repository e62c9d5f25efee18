"""Following a whole session: what is said, and the reply that grows, from any place on and in any process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.growth import Anew, Grown
from chatterkeep.domain.messages import Author, Inbound, SessionRef
from chatterkeep.domain.outcome import Outcome
from chatterkeep.services.following import Cursor, Event, Said
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.apps import running_app
from tests.llm.server import LLM
from tests.make import Clock, make_address, make_inbound, make_settings

pytestmark = databases.both


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(first_token=0.05, between=0.02, tokens=20).running() as server:
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


def ask(services: Services, words: str = "Why is the sky blue?", **changes: Any) -> Outcome:
    return services.turns.receive(make_inbound(text=words, **changes), services.clock())


def events(services: Services, session_id: str, cursor: Cursor, count: int) -> list[tuple[Event, Cursor]]:
    """The next `count` events."""
    found = (event for event in services.following.follow(session_id, cursor, pause=5) if event)
    return list(islice(found, count))


def until_said(services: Services, session_id: str, cursor: Cursor) -> list[tuple[Event, Cursor]]:
    """All events up to the next message."""
    found = []
    for event in services.following.follow(session_id, cursor, pause=5):
        assert event, "nothing came for five seconds"
        found.append(event)
        if isinstance(event[0], Said):
            return found
    raise AssertionError("the stream ended")


@contextmanager
def later(seconds: float, act: Callable[..., Any], *values: Any, **named: Any) -> Iterator[None]:
    """Let something happen meanwhile, and be over at the end of the block."""
    timer = threading.Timer(seconds, act, values, named)
    timer.start()
    yield
    timer.join()


def text_of(found: list[tuple[Event, Cursor]]) -> str:
    return "".join(event.text for event, _ in found if isinstance(event, Grown))


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_the_pieces_are_the_answer(services: Services, elsewhere: Services, fake: LLM, where: str) -> None:
    fake.between = 0.1
    outcome = ask(services)
    found = until_said(services if where == "here" else elsewhere, outcome.session_id, Cursor())
    said = found[-1][0]
    assert isinstance(said, Said)
    assert len(found) > 2
    assert text_of(found) == said.line.text
    assert (said.line.author, said.reply and said.reply.reply_id) == (Author.BOT, outcome.reply_id)


def test_from_every_cursor_the_rest_comes_and_nothing_twice(services: Services, elsewhere: Services) -> None:
    outcome = ask(services)
    found = until_said(services, outcome.session_id, Cursor())
    whole = text_of(found)
    for place, (event, cursor) in enumerate(found[:-1]):
        assert isinstance(event, Grown)
        rest = until_said(elsewhere, outcome.session_id, cursor)
        assert text_of(found[: place + 1]) + text_of(rest) == whole


def test_behind_the_last_message_nothing_comes(services: Services) -> None:
    outcome = ask(services)
    _, cursor = until_said(services, outcome.session_id, Cursor())[-1]
    assert cursor == services.following.newest(outcome.session_id)
    assert next(services.following.follow(outcome.session_id, cursor, pause=0.3)) is None


def test_a_reader_learns_that_the_text_begins_anew(services: Services, fake: LLM) -> None:
    fake.fault = "no-finish"
    outcome = ask(services)
    found = []
    for event in services.following.follow(outcome.session_id, Cursor(), pause=5):
        assert event
        fake.fault = "none"
        found.append(event[0])
        if isinstance(event[0], Said):
            break
    anew = next(place for place, event in enumerate(found) if isinstance(event, Anew))
    said = found[-1]
    assert isinstance(said, Said)
    assert "".join(event.text for event in found[anew:] if isinstance(event, Grown)) == said.line.text


def test_a_stopped_answer_keeps_its_pieces(services: Services, elsewhere: Services, fake: LLM) -> None:
    fake.between, fake.tokens = 0.05, 200
    outcome = ask(services)
    assert outcome.reply_id
    with later(0.5, elsewhere.replies.stop, outcome.reply_id):
        found = until_said(services, outcome.session_id, Cursor())
    said = found[-1][0]
    assert isinstance(said, Said)
    assert said.reply
    assert said.reply.state == "stopped"
    assert not any(isinstance(event, Anew) for event, _ in found)


def test_what_a_person_of_the_staff_says_comes_too(services: Services, elsewhere: Services) -> None:
    outcome = ask(services)
    _, cursor = until_said(services, outcome.session_id, Cursor())[-1]
    spoken = Inbound(SessionRef(outcome.session_id), "Ada here.")
    with later(0.2, elsewhere.sessions.speak, spoken, services.clock()):
        ((said, _),) = events(services, outcome.session_id, cursor, 1)
    assert isinstance(said, Said)
    assert (said.line.author, said.line.text, said.reply) == (Author.AGENT, "Ada here.", None)


def test_a_second_answer_follows_the_first(services: Services) -> None:
    first = ask(services, sender=(alice := make_address()))
    _, cursor = until_said(services, first.session_id, Cursor())[-1]
    with later(0.1, ask, services, "And at night?", sender=alice):
        found = until_said(services, first.session_id, cursor)
    assert isinstance(found[-1][0], Said)
    assert text_of(found) == found[-1][0].line.text


def test_it_ends_when_the_process_is_about_to(services: Services) -> None:
    outcome = ask(services)
    _, cursor = until_said(services, outcome.session_id, Cursor())[-1]
    with later(0.1, services.feed.close):
        assert list(services.following.follow(outcome.session_id, cursor, pause=5)) == []


def test_a_session_that_is_none_is_not_found(services: Services) -> None:
    with pytest.raises(NotFound):
        next(services.following.follow("00000000-0000-4000-8000-000000000000", Cursor(), pause=1))
