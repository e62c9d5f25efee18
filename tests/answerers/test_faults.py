"""Every known way in which a provider fails ends in the failure that names it, by our clock."""

import re
import tracemalloc

import pytest

from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.domain.answers import Failure, Patience
from tests.answerers.asking import BETWEEN, FOR_THE_FIRST, IN_ALL, LATE, SHORT, ask, chat_with
from tests.llm.server import LLM

AT_ONCE = {
    "refuse": Failure.UNREACHABLE,
    "cut-before-headers": Failure.CUT_OFF,
    "not-http": Failure.CUT_OFF,
    "no-finish": Failure.CUT_OFF,
    "clean-cut": Failure.CUT_OFF,
    "chunked-cut": Failure.CUT_OFF,
    "reset": Failure.CUT_OFF,
    "bad-json": Failure.MALFORMED,
    "not-an-object": Failure.MALFORMED,
    "odd-types": Failure.MALFORMED,
    "html": Failure.MALFORMED,
    "gzip": Failure.MALFORMED,
    "empty-choices": Failure.EMPTY,
    "no-text": Failure.EMPTY,
    "null-content": Failure.EMPTY,
    "tool-calls-only": Failure.EMPTY,
    "content-filter": Failure.REFUSED,
    "unauthorized": Failure.UNAUTHORIZED,
    "forbidden": Failure.UNAUTHORIZED,
    "redirect": Failure.BAD_REQUEST,
    "context": Failure.BAD_REQUEST,
    "not-found": Failure.BAD_REQUEST,
    "unprocessable": Failure.BAD_REQUEST,
    "timeout": Failure.SERVER_ERROR,
    "conflict": Failure.SERVER_ERROR,
    "500": Failure.SERVER_ERROR,
    "502": Failure.SERVER_ERROR,
    "503": Failure.SERVER_ERROR,
    "endless-error": Failure.SERVER_ERROR,
    "error-mid-stream": Failure.SERVER_ERROR,
    "quota-junk": Failure.OVER_QUOTA,
    "endless": Failure.TOO_LONG,
    "endless-comments": Failure.TOO_LONG,
    "huge-chunk": Failure.TOO_LONG,
}
IN_TIME = {
    "hang": (Failure.NO_FIRST_TOKEN, FOR_THE_FIRST),
    "hang-before-first": (Failure.NO_FIRST_TOKEN, FOR_THE_FIRST),
    "drip-headers": (Failure.NO_FIRST_TOKEN, FOR_THE_FIRST),
    "trickle-before-first": (Failure.NO_FIRST_TOKEN, FOR_THE_FIRST),
    "slow-5": (Failure.NO_FIRST_TOKEN, FOR_THE_FIRST),
    "hang-mid-stream": (Failure.STALLED, BETWEEN),
    "trickle": (Failure.STALLED, BETWEEN),
}


@pytest.mark.parametrize(("fault", "failure"), AT_ONCE.items(), ids=AT_ONCE)
def test_a_failure_is_known_as_soon_as_it_shows(chat: OpenAIChat, fake: LLM, fault: str, failure: Failure) -> None:
    fake.fault = fault
    outcome = ask(chat)
    assert outcome.error
    assert outcome.error.failure is failure


@pytest.mark.parametrize(("fault", "expected"), IN_TIME.items(), ids=IN_TIME)
def test_who_keeps_us_waiting_is_left(
    chat: OpenAIChat, fake: LLM, fault: str, expected: tuple[Failure, Patience]
) -> None:
    fake.fault = fault
    failure, patience = expected
    outcome = ask(chat, patience=patience)
    assert outcome.error
    assert outcome.error.failure is failure
    assert SHORT <= outcome.seconds < SHORT + LATE
    assert fake.gone(fake.requests[-1])


def test_an_answer_that_never_ends_is_left_at_the_last_deadline(chat: OpenAIChat, fake: LLM) -> None:
    fake.tokens, fake.between = 1000, 0.05
    outcome = ask(chat, patience=IN_ALL)
    assert outcome.error
    assert outcome.error.failure is Failure.TOO_SLOW
    assert IN_ALL.total <= outcome.seconds < IN_ALL.total + LATE
    assert outcome.text
    assert fake.gone(fake.requests[-1])


@pytest.mark.parametrize("fault", ["endless", "endless-comments", "huge-chunk", "bad-json", "error-mid-stream"])
def test_nothing_more_is_read_of_what_is_no_answer(chat: OpenAIChat, fake: LLM, fault: str) -> None:
    fake.fault = fault
    assert ask(chat).error
    fake.fault = "none"
    assert ask(chat).error is None
    first, second = fake.requests
    assert first.answered or fake.gone(first)
    assert second.connection != first.connection


@pytest.mark.parametrize("fault", ["endless", "endless-comments", "huge-chunk", "endless-error"])
def test_a_flood_fills_no_memory(chat: OpenAIChat, fake: LLM, fault: str) -> None:
    ask(chat)
    fake.fault = fault
    tracemalloc.start()
    try:
        assert ask(chat).error
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ("quota-3", 3, 3),
        ("quota-600", 600, 600),
        ("quota-day", 600, 600),
        ("quota-negative", 0, 0),
        ("quota-date", 15, 20),
    ],
)
def test_who_asks_for_a_pause_is_heard_but_not_waited_for(
    chat: OpenAIChat, fake: LLM, fault: str, least: float, most: float
) -> None:
    fake.fault = fault
    outcome = ask(chat)
    assert outcome.error
    assert outcome.error.failure is Failure.OVER_QUOTA
    assert outcome.error.retry_after is not None
    assert least <= outcome.error.retry_after <= most


@pytest.mark.parametrize("fault", ["503", "500", "conflict", "timeout", "quota-3", "unauthorized", "redirect", "reset"])
def test_a_failure_is_met_with_one_request(chat: OpenAIChat, fake: LLM, fault: str) -> None:
    fake.fault = fault
    assert ask(chat).error
    assert len(fake.requests) == 1


def test_a_code_of_the_provider_helps_whoever_runs_it(chat: OpenAIChat, fake: LLM) -> None:
    fake.fault = "context"
    assert re.fullmatch("bad_request: HTTP 400 context_length_exceeded", str(ask(chat).error))


def test_what_no_one_foresaw_is_a_failure_too(fake: LLM) -> None:
    with chat_with(fake.url, key="a\nkey") as chat:
        outcome = ask(chat)
    assert outcome.error
    assert outcome.error.failure is Failure.BROKEN
