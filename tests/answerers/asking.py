"""Asks an answerer and tells what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.domain.answers import NoAnswer, Patience
from chatterkeep.domain.prompt import Prompt, PromptLine, Role
from chatterkeep.services.ports import SLICE, Answerer, Call

KEY = "sk-5ecret0000"
QUESTION = "Does the plum tree flower?"
SYSTEM = "You are kind to gardeners."
PATIENCE = Patience(first=0.6, between=0.4, total=1.5)
PATIENT = Patience(first=10, between=10, total=20)
LATE = SLICE + 0.5
"""How much later than its deadline an answer may end: a slice, and the slowness of a busy machine."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The text that came, why it ended if it did not end well, how long it took in seconds, and the call."""

    text: str
    error: NoAnswer | None
    seconds: float
    call: Call


@contextmanager
def chat_with(url: str, key: str = KEY) -> Iterator[OpenAIChat]:
    """A language model at this address."""
    answerer = OpenAIChat(key, url, "a-model", 0.2, 256)
    try:
        yield answerer
    finally:
        answerer.close()


def prompt(question: str = QUESTION) -> Prompt:
    """A short prompt."""
    return Prompt((PromptLine(Role.SYSTEM, SYSTEM), PromptLine(Role.USER, question)))


def ask(answerer: Answerer, question: str = QUESTION, patience: Patience = PATIENCE) -> Outcome:
    """Ask, and wait for the end."""
    call, pieces, error, began = Call(patience), [], None, time.monotonic()
    try:
        pieces.extend(answerer.answer(prompt(question), call))
    except NoAnswer as failed:
        error = failed
    return Outcome("".join(pieces), error, time.monotonic() - began, call)


def drain(pieces: Iterator[str], until: type[Exception]) -> float:
    """Read to the end, which may be this error; return the time of the end, of `time.monotonic`."""
    with suppress(until):
        for _ in pieces:
            pass
        return 0.0
    return time.monotonic()
