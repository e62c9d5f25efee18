"""Receiving messages: exactly once, in order, one at a time for each person, on both databases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from chatterkeep.domain.errors import DeliveryConflict, NotFound, RateLimited, StoreBusy
from chatterkeep.domain.messages import Capability, Channel, SessionRef, TokenKind
from chatterkeep.domain.outcome import Outcome
from chatterkeep.services.wiring import Services
from tests import databases, rows
from tests.make import NAME, NOW, SONG, Clock, make_address, make_inbound

pytestmark = databases.both


def say(services: Services, text: str, **changes: Any) -> Outcome:
    return services.turns.receive(make_inbound(text=text, **changes), services.clock())


def everywhere(threads: int, work: Callable[[int], Outcome]) -> list[Outcome]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(threads)))


def test_a_dialogue_is_remembered_from_line_to_line(services: Services) -> None:
    alice = make_address()
    said = [say(services, text, sender=alice).reply for text in ("hello", NAME, SONG, "thanks")]
    assert said == [
        "What is your name?",
        f"Hello {NAME}, what is your favorite song?",
        f"Playing {SONG}",
        "Thank you for using the chatbot!",
    ]


def test_two_people_do_not_share_a_conversation(services: Services) -> None:
    first, second = say(services, "hello"), say(services, "hello")
    assert first.session_id != second.session_id
    assert second.reply == "What is your name?"


def test_one_number_on_two_channels_is_two_sessions(services: Services) -> None:
    sms = make_address(phone="+14155550199")
    first = say(services, "hello", sender=sms)
    second = say(services, "hello", sender=replace(sms, channel=Channel.WHATSAPP))
    assert first.session_id != second.session_id


def test_no_message_is_older_than_the_one_before_it(services: Services, clock: Clock) -> None:
    """Who waits for another message of the same sender has looked at the clock before."""
    alice, waited = make_address(), clock() - timedelta(seconds=3)
    session_id = say(services, "hello", sender=alice).session_id
    services.turns.receive(make_inbound(text=NAME, sender=alice), waited)
    assert {line.created_at for line in services.sessions.show(session_id).lines} == {clock()}


def test_a_clock_that_was_set_is_believed(services: Services, clock: Clock) -> None:
    alice = make_address()
    session_id = say(services, "hello", sender=alice).session_id
    clock.forward(minutes=-5)
    say(services, NAME, sender=alice)
    assert services.sessions.show(session_id).lines[-1].created_at == clock()


def test_nobody_waits_for_ever_for_an_earlier_message(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, stuck, over = make_address(), threading.Event(), threading.Event()

    def hang(asking: str | None) -> None:
        stuck.set()
        over.wait(30)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(services.turns.receive, make_inbound(sender=alice), NOW, hang)
        stuck.wait(30)
        monkeypatch.setattr("chatterkeep.services.turns.PATIENCE", 0.01)
        try:
            with pytest.raises(StoreBusy):
                say(services, "hello", sender=alice)
        finally:
            over.set()
        assert first.result().reply


def test_the_same_delivery_gives_the_same_outcome(services: Services, engine: Engine) -> None:
    inbound = make_inbound(delivery="SM1")
    first = services.turns.receive(inbound, NOW)
    stored = rows.count(engine)
    assert services.turns.receive(inbound, NOW) == replace(first, replayed=True)
    assert rows.count(engine) == stored


def test_a_delivery_is_known_for_ever(services: Services, clock: Clock) -> None:
    alice = make_address()
    first = say(services, "hello", sender=alice, delivery="SM1")
    clock.forward(days=3650)
    assert say(services, "hello", sender=alice, delivery="SM1") == replace(first, replayed=True)


def test_an_old_delivery_comes_back_as_it_was_when_the_talk_went_on(services: Services) -> None:
    alice = make_address()
    say(services, "hello", sender=alice)
    named = say(services, NAME, sender=alice, delivery="SM2")
    say(services, SONG, sender=alice)
    say(services, "restart", sender=alice)
    assert say(services, NAME, sender=alice, delivery="SM2") == replace(named, replayed=True)


@pytest.mark.parametrize(
    "changed",
    [{"text": "hello!"}, {"sender": make_address()}, {"form": "Body"}],
    ids=["another text", "another number", "another vocabulary"],
)
def test_a_delivery_id_used_for_another_message_is_refused(
    services: Services, engine: Engine, changed: dict[str, Any]
) -> None:
    inbound = make_inbound(delivery="SM1")
    services.turns.receive(inbound, NOW)
    stored = rows.count(engine)
    with pytest.raises(DeliveryConflict):
        services.turns.receive(replace(inbound, **changed), NOW)
    assert rows.count(engine) == stored


def test_the_same_text_without_a_delivery_id_is_said_twice(services: Services) -> None:
    alice = make_address()
    assert [say(services, "hello", sender=alice).seq for _ in range(2)] == [1, 3]


def test_a_day_of_silence_starts_a_new_conversation_and_keeps_the_old(
    services: Services, clock: Clock, engine: Engine
) -> None:
    alice = make_address()
    first = say(services, "hello", sender=alice)
    clock.forward(hours=25)
    second = say(services, "hello", sender=alice)
    assert first.session_id == second.session_id
    assert first.conversation_id != second.conversation_id
    assert list(rows.seqs(engine).values()) == [[1, 2], [1, 2]]


def test_a_clock_that_goes_back_changes_no_order(services: Services, clock: Clock, engine: Engine) -> None:
    alice = make_address()
    say(services, "hello", sender=alice)
    clock.forward(days=-1)
    assert say(services, NAME, sender=alice).state == "AWAITING_SONG"
    assert list(rows.seqs(engine).values()) == [[1, 2, 3, 4]]


def test_a_refused_message_leaves_nothing(services: Services, engine: Engine) -> None:
    alice = make_address()
    say(services, "hello", sender=alice)
    stored = rows.count(engine)

    def refuse(asking: str | None) -> None:
        raise RateLimited("1 for one phone", 1, 1)

    with pytest.raises(RateLimited):
        services.turns.receive(make_inbound(text=NAME, sender=alice, delivery="SM1"), NOW, refuse)
    assert rows.count(engine) == stored
    assert say(services, NAME, sender=alice, delivery="SM1").state == "AWAITING_SONG"


def test_a_duplicate_is_never_refused(services: Services) -> None:
    inbound = make_inbound(delivery="SM1")
    services.turns.receive(inbound, NOW)

    def refuse(asking: str | None) -> None:
        raise RateLimited("1 for one phone", 1, 1)

    assert services.turns.receive(inbound, NOW, refuse).replayed


@pytest.mark.parametrize("nobody", [Capability("x" * 43, TokenKind.PAGE), SessionRef("no-such-id")])
def test_a_session_that_is_not_there_takes_no_message(
    services: Services, engine: Engine, nobody: Capability | SessionRef
) -> None:
    with pytest.raises(NotFound):
        services.turns.receive(replace(make_inbound(), sender=nobody), NOW)
    assert rows.count(engine)["messages"] == 0


def test_twenty_threads_with_one_number_all_get_their_turn(services: Services, engine: Engine) -> None:
    alice = make_address()
    outcomes = everywhere(20, lambda _: say(services, "nope", sender=alice))
    assert sorted(outcome.seq for outcome in outcomes) == list(range(1, 41, 2))
    assert list(rows.seqs(engine).values()) == [list(range(1, 41))]


def test_twenty_copies_of_one_delivery_at_once_have_one_effect(services: Services, engine: Engine) -> None:
    alice = make_address()
    outcomes = everywhere(20, lambda _: say(services, "hello", sender=alice, delivery="SM1"))
    assert [outcome.replayed for outcome in outcomes].count(False) == 1
    assert len({replace(outcome, replayed=True) for outcome in outcomes}) == 1
    assert rows.count(engine) == {"sessions": 1, "addresses": 1, "conversations": 1, "messages": 2, "deliveries": 1}


def test_twenty_people_at_once_do_not_mix(services: Services, engine: Engine) -> None:
    people = [make_address() for _ in range(20)]
    everywhere(20, lambda number: say(services, "hello", sender=people[number]))
    named = everywhere(20, lambda number: say(services, f"{NAME} {number}", sender=people[number]))
    assert [n.reply for n in named] == [f"Hello {NAME} {i}, what is your favorite song?" for i in range(20)]
    assert rows.count(engine)["sessions"] == 20
