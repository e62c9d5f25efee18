"""A conversation that is named goes on, whatever came after it: with what was said there, and as the newest."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.conversation import Status
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Author, Delivery, SessionRef
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.replies import ReplyState
from chatterkeep.services.wiring import Services
from tests import databases
from tests.llm.server import LLM
from tests.make import NAME, NOW, SONG, Clock, make_inbound
from tests.services.test_conversations import ask, fake, read, session_id, settings, shelf
from tests.services.test_replies import ended

__all__ = ["fake", "session_id", "settings"]
pytestmark = databases.both


def go_on(services: Services, session_id: str, conversation_id: str, text: str, key: str = "") -> Outcome:
    """Send a message to a named conversation, and wait for the answer."""
    inbound = replace(make_inbound(text=text), sender=SessionRef(session_id), conversation_id=conversation_id)
    outcome = services.turns.receive(
        replace(inbound, delivery=Delivery("test", key) if key else None), services.clock()
    )
    if outcome.generated:
        ended(services, outcome)
    return outcome


def said(services: Services, conversation_id: str) -> list[tuple[int, str]]:
    """What the customer said there, each with its number."""
    lines = [said.line for said in read(services, conversation_id).said]
    return [(line.position.seq, line.text) for line in lines if line.author is Author.CUSTOMER]


def order(services: Services, session_id: str) -> list[tuple[str, Status, bool]]:
    found = shelf(services, session_id).overviews
    return [(one.conversation_id, one.standing.status, one.goes_on) for one in found]


def test_it_goes_on_in_its_place_and_is_the_newest(services: Services, session_id: str, fake: LLM) -> None:
    first, second = ask(services, session_id, f"I am {NAME}"), ask(services, session_id, SONG)
    outcome = go_on(services, session_id, first, "Who am I?")
    assert (outcome.conversation_id, outcome.message_id) == (first, f"{first}.3")
    assert said(services, first) == [(1, f"I am {NAME}"), (3, "Who am I?")]
    assert said(services, second) == [(1, SONG)]
    assert NAME in str(fake.requests[-1].body)
    assert SONG not in str(fake.requests[-1].body)
    assert order(services, session_id) == [(first, Status.OPEN, True), (second, Status.CLOSED, False)]
    assert services.conversations.anteroom(session_id).conversation_id == first


def test_who_names_none_goes_on_with_the_one_that_was_named_last(services: Services, session_id: str) -> None:
    first, _ = ask(services, session_id, "one"), ask(services, session_id, "two")
    go_on(services, session_id, first, "three")
    assert ask(services, session_id, "four", anew=False) == first
    fresh = ask(services, session_id, "five")
    assert [one[0] for one in order(services, session_id)][:2] == [fresh, first]


def test_one_that_was_closed_or_silent_for_long_is_opened_again(
    services: Services, session_id: str, clock: Clock
) -> None:
    first = ask(services, session_id, "one")
    services.sessions.close(session_id, services.clock())
    assert go_on(services, session_id, first, "two").conversation_id == first
    clock.forward(days=40)
    assert go_on(services, session_id, first, "three").conversation_id == first
    assert order(services, session_id) == [(first, Status.OPEN, True)]
    assert [text for _, text in said(services, first)] == ["one", "two", "three"]


def test_it_goes_on_after_the_newest_was_deleted(services: Services, session_id: str) -> None:
    first, second = ask(services, session_id, "one"), ask(services, session_id, "two")
    services.conversations.delete(second, session_id, COMMAND_LINE, services.clock())
    assert go_on(services, session_id, first, "three").conversation_id == first
    assert ask(services, session_id, "four", anew=False) == first


def test_what_is_being_written_in_the_newest_stops(services: Services, session_id: str, fake: LLM) -> None:
    first = ask(services, session_id, "one")
    fake.between, fake.tokens = 0.05, 10_000
    inbound = replace(make_inbound(text="two"), sender=SessionRef(session_id), flow="assistant", anew=True)
    left = services.turns.receive(inbound, services.clock()).generated
    assert left
    fake.between, fake.tokens = 0.0, 5
    go_on(services, session_id, first, "three")
    assert services.replies.show(left.reply_id).state is ReplyState.STOPPED


def test_to_start_over_there_begins_a_new_one(services: Services, session_id: str) -> None:
    first, second = ask(services, session_id, "one"), ask(services, session_id, "two")
    fresh = go_on(services, session_id, first, "restart").conversation_id
    told = [(one, status) for one, status, _ in order(services, session_id)]
    assert told == [(fresh, Status.OPEN), (second, Status.CLOSED), (first, Status.CLOSED)]


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_one_of_another_session_is_not_there(services: Services, session_id: str, whose: str) -> None:
    other = services.conversations.open(NOW).session.session_id
    named = ask(services, other, "one") if whose == "another's" else session_id
    with pytest.raises(NotFound, match="conversation"):
        go_on(services, session_id, named, "two")
    assert shelf(services, session_id).total == 0


def test_the_same_delivery_goes_on_once(services: Services, session_id: str) -> None:
    first, second = ask(services, session_id, "one"), ask(services, session_id, "two")
    outcome = go_on(services, session_id, first, "three", key="k")
    go_on(services, session_id, second, "four")
    again = go_on(services, session_id, first, "three", key="k")
    assert (again.message_id, again.replayed) == (outcome.message_id, True)
    assert [one[0] for one in order(services, session_id)] == [second, first]


def test_at_the_same_time_nothing_is_lost_and_one_is_the_newest(services: Services, session_id: str) -> None:
    talks = [ask(services, session_id, f"talk {number}") for number in range(3)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: go_on(services, session_id, talks[n % 3], f"{n}"), range(12)))
    for place, talk in enumerate(talks):
        assert sorted(text for _, text in said(services, talk)[1:]) == sorted(
            str(n) for n in range(12) if n % 3 == place
        )
    assert [goes_on for _, _, goes_on in order(services, session_id)] == [True, False, False]
