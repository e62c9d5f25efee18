"""A message through the greeting flow: the contract's exact words and states, line by line."""

from datetime import timedelta

import pytest

from chatterkeep.domain.conversation import Conversation, Owner, Status
from chatterkeep.domain.turn import Turn, take_turn
from chatterkeep.flows.loader import load_flows
from tests.make import NOW, make_conversation

FLOWS = load_flows()
GREETING = FLOWS["greeting"].without_answerer()
DAY = timedelta(hours=24)

TABLE = [
    ("INITIAL", "hello", "What is your name?", "AWAITING_NAME"),
    ("INITIAL", "HELLO", "What is your name?", "AWAITING_NAME"),
    ("INITIAL", "  hElLo \n", "What is your name?", "AWAITING_NAME"),
    ("INITIAL", "hi", "Invalid initial input, please say hello.", "INITIAL"),
    ("INITIAL", "hello there", "Invalid initial input, please say hello.", "INITIAL"),
    ("AWAITING_NAME", "Ada", "Hello Ada, what is your favorite song?", "AWAITING_SONG"),
    ("AWAITING_NAME", "  Ada ", "Hello Ada, what is your favorite song?", "AWAITING_SONG"),
    ("AWAITING_NAME", "hello", "Hello hello, what is your favorite song?", "AWAITING_SONG"),
    ("AWAITING_NAME", "{song}", "Hello {song}, what is your favorite song?", "AWAITING_SONG"),
    ("AWAITING_SONG", "Waterloo", "Playing Waterloo", "COMPLETE"),
    ("AWAITING_SONG", "{name}", "Playing {name}", "COMPLETE"),
    ("COMPLETE", "thanks", "Thank you for using the chatbot!", "COMPLETE"),
    ("COMPLETE", "hello", "Thank you for using the chatbot!", "COMPLETE"),
]


def turn(text: str, before: Conversation | None, after: timedelta = timedelta(minutes=1)) -> Turn:
    return take_turn(GREETING, before, text, NOW + after, DAY)


@pytest.mark.parametrize(("state", "text", "reply", "then"), TABLE)
def test_each_line_has_its_answer_and_its_next_state(state: str, text: str, reply: str, then: str) -> None:
    taken = turn(text, make_conversation(state=state))
    assert (taken.said, taken.after.state) == ((reply,), then)


def test_after_the_song_an_answerer_is_asked_where_there_is_one() -> None:
    taken = take_turn(FLOWS["greeting"], make_conversation(state="COMPLETE"), "And who wrote it?", NOW, DAY)
    assert (taken.asks, taken.said, taken.after.state, taken.after.status) == (True, (), "COMPLETE", Status.COMPLETE)


@pytest.mark.parametrize(("text", "said"), [("restart", "Starting over. What would you like to know?"), ("help", "")])
def test_keywords_ask_nobody(text: str, said: str) -> None:
    taken = take_turn(FLOWS["assistant"], None, text, NOW, DAY)
    assert not taken.asks
    assert said in taken.said[0]


def test_the_first_message_starts_the_first_conversation() -> None:
    first = turn("hello", None)
    assert (first.started, first.after.number, first.message_seq, first.after.last_seq) == (True, 1, 1, 2)


def test_a_second_hello_resumes_where_we_stopped() -> None:
    asked = turn("hello", None).after
    assert turn("hello", asked).after.state == "AWAITING_SONG"


def test_answers_are_kept_by_their_names() -> None:
    talk = make_conversation(state="AWAITING_NAME")
    done = turn(" Waterloo ", turn(" Ada ", talk).after)
    assert done.after.answers == {"name": "Ada", "song": "Waterloo"}


def test_a_name_typed_as_a_placeholder_is_said_as_it_was_typed() -> None:
    named = turn("Ada", make_conversation(state="AWAITING_NAME"))
    assert turn("{name}", named.after).said == ("Playing {name}",)


def test_a_finished_dialogue_is_complete() -> None:
    assert turn("Waterloo", make_conversation(state="AWAITING_SONG")).after.status is Status.COMPLETE


def test_a_line_after_the_end_stays_in_the_same_conversation() -> None:
    over = make_conversation(state="COMPLETE", status=Status.COMPLETE, number=3)
    assert turn("thanks", over).after.number == 3


@pytest.mark.parametrize("state", GREETING.states)
def test_restart_starts_over_from_everywhere(state: str) -> None:
    fresh = turn("restart", make_conversation(state=state, number=4, answers={"name": "Ada"}))
    assert fresh.ended is Status.CLOSED
    assert (fresh.after.number, fresh.after.state, fresh.after.answers) == (5, "INITIAL", {})
    assert fresh.said == ("Starting over. Please say hello.",)


def test_restart_as_the_very_first_word_starts_only_once() -> None:
    fresh = turn("restart", None)
    assert (fresh.after.number, fresh.ended, fresh.said) == (1, None, ("Starting over. Please say hello.",))


@pytest.mark.parametrize("state", GREETING.states)
def test_help_explains_and_moves_nothing(state: str) -> None:
    helped = turn("help", make_conversation(state=state))
    assert helped.after.state == state
    assert helped.said == (f"{GREETING.states[state].hint} Say restart to start over at any time.",)


def test_a_day_of_silence_starts_a_new_conversation() -> None:
    late = turn("hello", make_conversation(state="AWAITING_SONG"), after=DAY + timedelta(seconds=1))
    assert (late.started, late.ended, late.after.number) == (True, Status.EXPIRED, 2)
    assert late.said == ("What is your name?",)


def test_a_day_to_the_second_is_still_the_same_conversation() -> None:
    assert turn("Ada", make_conversation(state="AWAITING_NAME"), after=DAY).after.number == 1


def test_a_closed_conversation_is_followed_by_a_new_one_and_stays_closed() -> None:
    next_one = turn("hello", make_conversation(status=Status.CLOSED))
    assert (next_one.after.number, next_one.ended) == (2, None)


def test_a_conversation_of_another_flow_is_left_behind() -> None:
    assert turn("hello", make_conversation(flow="gone")).after.number == 2


def test_a_state_that_the_flow_lost_starts_it_again() -> None:
    assert turn("hello", make_conversation(state="REMOVED")).after.state == "AWAITING_NAME"


def test_the_bot_is_silent_while_a_person_owns_the_conversation() -> None:
    held = turn("hello", make_conversation(owner=Owner.HUMAN))
    assert (held.said, held.after.state, held.after.last_seq) == ((), "INITIAL", 3)


def test_help_goes_to_the_person_who_owns_the_conversation() -> None:
    assert turn("help", make_conversation(owner=Owner.HUMAN)).said == ()


def test_a_flow_for_people_only_keeps_what_is_said() -> None:
    kept = take_turn(FLOWS["support"], None, "hello", NOW, DAY)
    assert (kept.said, kept.after.owner, kept.after.last_seq) == ((), Owner.HUMAN, 1)


def test_the_same_turn_twice_is_the_same_turn() -> None:
    before = make_conversation(state="AWAITING_NAME")
    assert turn("Ada", before) == turn("Ada", before)


def test_a_message_that_asks_for_a_new_conversation_closes_what_runs() -> None:
    before = make_conversation(state="AWAITING_SONG", number=3)
    taken = take_turn(GREETING, before, "hello", NOW, DAY, anew=True)
    assert (taken.after.number, taken.started, taken.ended) == (4, True, Status.CLOSED)
    assert taken.said == ("What is your name?",)


@pytest.mark.parametrize("status", [Status.CLOSED, Status.EXPIRED])
def test_what_has_ended_is_not_ended_again(status: Status) -> None:
    taken = take_turn(GREETING, make_conversation(status=status), "hello", NOW, DAY, anew=True)
    assert (taken.started, taken.ended) == (True, None)
