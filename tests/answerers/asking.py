"""Asks an answerer and tells what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.domain.answers import NoAnswer, Patience
from chatterkeep.domain.prompt import Prompt, PromptLine, Role
from chatterkeep.services.ports import Answerer, Call

KEY = "sk-5ecret0000"
QUESTION = "Does the plum tree flower?"
SYSTEM = "You are kind to gardeners."
SHORT = 0.6
"""The deadline in seconds that is to pass; the others are long, so that no busy machine can let them pass first."""

PATIENT = Patience(first=60, between=60, total=120)
FOR_THE_FIRST = Patience(first=SHORT, between=60, total=120)
BETWEEN = Patience(first=60, between=SHORT, total=120)
IN_ALL = Patience(first=60, between=60, total=2)
LATE = 20.0
"""How much later than its deadline an answer may end on a busy machine; who keeps us waiting does so for a minute."""


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


def ask(answerer: Answerer, question: str = QUESTION, patience: Patience = PATIENT) -> Outcome:
    """Ask, and wait for the end."""
    call, pieces, error, began = Call(patience), [], None, time.monotonic()
    try:
        pieces.extend(answerer.answer(prompt(question), call))
    except NoAnswer as failed:
        error = failed
    return Outcome("".join(pieces), error, time.monotonic() - began, call)


def drain(pieces: Iterator[str], until: type[Exception]) -> bool:
    """Read to the end; tell whether it was this error."""
    with suppress(until):
        for _ in pieces:
            pass
        return False
    return True
