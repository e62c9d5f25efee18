"""The stand-in answers without a network, the same each time."""

import threading
import time

import pytest

from chatterkeep.answerers.canned import Canned
from chatterkeep.domain.answers import Failure, NoAnswer, Patience, Unwanted, Usage
from chatterkeep.services.ports import Call
from tests.answerers.asking import PATIENT, QUESTION, SYSTEM, ask, drain, prompt


def test_it_says_what_it_is_and_repeats_nothing() -> None:
    text = ask(Canned(pause=0)).text
    assert text.startswith("Your message of 5 words is saved. I am a **stand-in**: no language model is connected")
    assert "plum" not in text
    assert text == ask(Canned(pause=0)).text


def test_it_speaks_word_by_word_and_counts_them() -> None:
    call = Call(PATIENT)
    pieces = list(Canned(pause=0).answer(prompt("Hello"), call))
    assert "".join(pieces[:5]) == "Your message of one word"
    assert all(len(piece.split()) == 1 for piece in pieces)
    assert call.usage == Usage("canned", len(f"{SYSTEM} Hello".split()), len(pieces))


def test_it_takes_its_time() -> None:
    began, pieces = time.monotonic(), Canned(pause=0.05).answer(prompt(QUESTION), Call(PATIENT))
    for _ in range(4):
        next(pieces)
    assert time.monotonic() - began >= 0.2


def test_a_long_pause_can_be_cancelled() -> None:
    call = Call(PATIENT)
    threading.Timer(0.1, call.cancel).start()
    assert drain(Canned(pause=30).answer(prompt(), call), Unwanted)


def test_its_deadlines_are_those_of_the_call() -> None:
    outcome = ask(Canned(pause=30), patience=Patience(first=0.1, between=60, total=60))
    assert isinstance(outcome.error, NoAnswer)
    assert outcome.error.failure is Failure.NO_FIRST_TOKEN


@pytest.mark.parametrize("text", ["", "{count}", "{0}", "%s"])
def test_no_text_confuses_it(text: str) -> None:
    assert ask(Canned(pause=0), text).error is None
