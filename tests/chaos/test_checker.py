"""The checker fires: a sound history has no violation, and each way of spoiling it breaks the rule that is for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chatterkeep.domain.messages import Author
from chatterkeep.domain.replies import ReplyState
from tests.chaos import checker
from tests.chaos.checker import RULES, Rule, violations
from tests.chaos.phones import Message
from tests.chaos.stored import Line, ReplyRow, Stored

SENT = ["k-0-0 alone", "k-0-1 in a burst", "k-0-2 as well"]
BURST = f"{SENT[1]}\n{SENT[2]}"


class History:
    """One phone that asked alone and then in a burst, and another that asked once; free to be spoiled."""

    def __init__(self) -> None:
        self.lines = [
            Line("a", 1, Author.CUSTOMER, SENT[0]),
            Line("a", 2, Author.BOT, SENT[0]),
            Line("a", 3, Author.CUSTOMER, SENT[1]),
            Line("a", 4, Author.CUSTOMER, SENT[2]),
            Line("a", 5, Author.BOT, BURST),
            Line("b", 1, Author.CUSTOMER, "k-1-0"),
            Line("b", 2, Author.BOT, "k-1-0"),
        ]
        self.replies = [
            ReplyRow("r1", "a", ReplyState.DONE, 1, seq=2),
            ReplyRow("r2", "a", ReplyState.DONE, 4, seq=5),
            ReplyRow("r3", "b", ReplyState.DONE, 1, seq=2),
        ]
        self.lengths = {"a": 5, "b": 2}
        self.told = [
            _told(SENT[0], "a.1", "r1", SENT[0]),
            _told(SENT[1], "a.3", "r2", BURST),
            _told(SENT[2], "a.4", "r2", BURST),
            _told("k-1-0", "b.1", "r3", "k-1-0"),
        ]

    @property
    def stored(self) -> Stored:
        return Stored(tuple(self.lines), tuple(self.replies), self.lengths)

    def say(self, at: int, text: str) -> None:
        self.lines[at] = replace(self.lines[at], text=text)

    def change(self, at: int, **changes: Any) -> None:
        self.replies[at] = replace(self.replies[at], **changes)


def _told(text: str, message_id: str, reply_id: str, answer: str) -> Message:
    return Message(text, text, message_id, reply_id, "done", answer, acked=1.0, ended=2.0)


def _never_taken(it: History) -> None:
    it.told.append(Message("d", "k-1-1"))


def _never_answered(it: History) -> None:
    it.told[0].ended = None


def _odd_status(it: History) -> None:
    it.told[0].surprises.append("POST /chat was answered with 500")


def _lost(it: History) -> None:
    it.told.append(_told("k-1-1", "b.3", "r3", "k-1-0"))


def _stored_twice(it: History) -> None:
    it.lines.append(Line("b", 3, Author.CUSTOMER, "k-1-0"))


def _stored_elsewhere(it: History) -> None:
    it.told[0].message_id = "b.1"


def _made_up(it: History) -> None:
    it.lines.append(Line("b", 3, Author.CUSTOMER, "k-1-9"))


def _gap(it: History) -> None:
    it.lines[4] = replace(it.lines[4], seq=6)


def _too_short(it: History) -> None:
    it.lengths["b"] = 3


def _still_written(it: History) -> None:
    it.change(2, state=ReplyState.WRITING)


def _failed(it: History) -> None:
    it.change(2, state=ReplyState.FAILED)


def _held(it: History) -> None:
    it.change(2, lease_until=datetime(2026, 3, 14, tzinfo=UTC))


def _half_a_text_is_left(it: History) -> None:
    it.change(2, partial=b"k-1")


def _reply_is_gone(it: History) -> None:
    del it.replies[2]


def _asked_twice(it: History) -> None:
    it.replies.append(replace(it.replies[2], reply_id="r4"))


def _two_messages(it: History) -> None:
    it.lines.append(Line("b", 3, Author.BOT, "k-1-0 again"))


def _no_message(it: History) -> None:
    it.change(2, seq=None)


def _same_words_again(it: History) -> None:
    it.lines.append(Line("b", 3, Author.BOT, "k-1-0"))


def _other_bytes(it: History) -> None:
    it.told[0].answer = SENT[0] + " "


def _half_the_burst(it: History) -> None:
    it.say(4, SENT[2])


def _words_of_another(it: History) -> None:
    it.say(6, "k-1-0\nk-0-0 alone")


def _reply_of_another(it: History) -> None:
    it.told[3].reply_id = "r1"


SPOILED: list[tuple[Callable[[History], None], Rule]] = [
    (_never_taken, checker.everything_sent_was_taken),
    (_never_answered, checker.everything_sent_was_taken),
    (_odd_status, checker.nobody_is_surprised),
    (_lost, checker.nothing_is_lost),
    (_stored_twice, checker.nothing_is_lost),
    (_stored_elsewhere, checker.nothing_is_lost),
    (_made_up, checker.nothing_is_lost),
    (_gap, checker.numbers_have_no_gaps),
    (_too_short, checker.numbers_have_no_gaps),
    (_still_written, checker.every_reply_has_ended),
    (_failed, checker.every_reply_has_ended),
    (_held, checker.every_reply_has_ended),
    (_half_a_text_is_left, checker.every_reply_has_ended),
    (_reply_is_gone, checker.every_question_has_one_reply),
    (_asked_twice, checker.every_question_has_one_reply),
    (_two_messages, checker.every_reply_is_one_message),
    (_no_message, checker.every_reply_is_one_message),
    (_asked_twice, checker.every_reply_is_one_message),
    (_same_words_again, checker.no_answer_is_said_twice),
    (_other_bytes, checker.clients_read_what_is_stored),
    (_half_the_burst, checker.answers_belong_to_their_questions),
    (_words_of_another, checker.answers_belong_to_their_questions),
    (_reply_of_another, checker.answers_belong_to_their_questions),
]


def test_a_sound_history_has_no_violation() -> None:
    history = History()
    assert violations(history.told, history.stored) == []


@pytest.mark.parametrize(("spoil", "rule"), SPOILED, ids=[spoil.__name__.strip("_") for spoil, _ in SPOILED])
def test_a_spoiled_history_breaks_its_rule(spoil: Callable[[History], None], rule: Rule) -> None:
    history = History()
    spoil(history)
    found = list(rule(history.told, history.stored))
    assert found
    assert all(sentence.endswith(".") for sentence in found)
    assert set(found) <= set(violations(history.told, history.stored))


def test_every_rule_is_seen_to_fire() -> None:
    assert {rule for _, rule in SPOILED} == set(RULES)
