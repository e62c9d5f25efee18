"""Many programs in one session at once: nothing is lost, nothing is said twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from chatterkeep.domain.conversation import Status
from chatterkeep.domain.messages import Author, Delivery, Inbound, SessionRef
from chatterkeep.domain.sessions import ChatSession
from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import NOW

pytestmark = databases.both


@pytest.fixture
def session_id(services: Services) -> str:
    return services.sessions.open("greeting", NOW).session.session_id


def test_agents_and_customers_who_write_at_once_are_all_heard(services: Services, session_id: str) -> None:
    _at_once(
        [partial(_agent, services, session_id, f"agent {n}") for n in range(20)]
        + [partial(_customer, services, session_id, f"customer {n}") for n in range(20)]
    )
    session = services.sessions.show(session_id)
    said = {line.text for line in session.lines}
    assert {f"{who} {n}" for who in ("agent", "customer") for n in range(20)} <= said
    assert [line.position.seq for line in session.lines] == list(range(1, len(session.lines) + 1))
    assert session.standing.owner == "human"


def test_once_a_person_has_written_the_bot_says_nothing_more(services: Services, session_id: str) -> None:
    _at_once([partial(_customer, services, session_id, "hello") for _ in range(10)])
    _at_once(
        [partial(_agent, services, session_id, "I am here.")]
        + [partial(_customer, services, session_id, "hello") for _ in range(10)]
    )
    authors = [line.author for line in services.sessions.show(session_id).lines]
    assert authors.count(Author.AGENT) == 1
    assert Author.BOT not in authors[authors.index(Author.AGENT) :]


def test_the_same_delivery_twenty_times_at_once_is_stored_once(services: Services, session_id: str) -> None:
    outcomes = _at_once([partial(_agent, services, session_id, "Once.", "m-1") for _ in range(20)])
    assert [line.text for line in services.sessions.show(session_id).lines].count("Once.") == 1
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * 19


def test_closing_is_not_undone_by_a_message_of_the_same_moment(services: Services, session_id: str) -> None:
    for n in range(8):
        before = _newest(services.sessions.show(session_id))
        _at_once(
            [partial(services.sessions.close, session_id, NOW), partial(_customer, services, session_id, f"hello {n}")]
        )
        session = services.sessions.show(session_id)
        assert session.standing.status is Status.CLOSED or _newest(session) == before + 1


def _agent(services: Services, session_id: str, text: str, delivery: str = "") -> Any:
    inbound = Inbound(SessionRef(session_id), text, Delivery("test", delivery) if delivery else None)
    return services.sessions.speak(inbound, NOW)


def _customer(services: Services, session_id: str, text: str) -> Any:
    return services.turns.receive(Inbound(SessionRef(session_id), text), NOW)


def _newest(session: ChatSession) -> int:
    return session.lines[-1].position.number


def _at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
