"""Who does not want an answer any more ends the provider's work within half a second."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.domain.answers import Unwanted
from chatterkeep.services.ports import Call
from tests.answerers.asking import PATIENT, drain, prompt
from tests.llm.server import LLM

SOON = 0.5


@pytest.mark.parametrize("fault", ["hang", "hang-before-first", "hang-mid-stream", "trickle", "drip-headers", "slow-5"])
def test_another_thread_can_cancel_at_any_stage(chat: OpenAIChat, fake: LLM, fault: str) -> None:
    fake.fault = fault
    call = Call(PATIENT)
    cancelled: list[float] = []
    timer = threading.Timer(0.3, lambda: (cancelled.append(time.monotonic()), call.cancel()))
    timer.start()
    ended = drain(chat.answer(prompt(), call), Unwanted)
    assert ended - cancelled[0] < SOON
    [request] = fake.requests
    assert fake.gone(request, SOON)
    assert request.gone is not None
    assert request.gone - cancelled[0] < SOON


def test_cancelling_one_leaves_the_others(chat: OpenAIChat, fake: LLM) -> None:
    fake.between = 0.03
    calls = [Call(PATIENT) for _ in range(10)]
    with ThreadPoolExecutor(10) as threads:
        answers = [threads.submit(drain, chat.answer(prompt(), call), Unwanted) for call in calls]
        time.sleep(0.2)
        calls[3].cancel()
        assert [number for number, answer in enumerate(answers) if answer.result()] == [3]


def test_what_was_cancelled_before_is_not_asked(chat: OpenAIChat, fake: LLM) -> None:
    call = Call(PATIENT)
    call.cancel()
    with pytest.raises(Unwanted):
        next(chat.answer(prompt(), call))
    assert not fake.requests


def test_who_stops_reading_closes_the_connection(chat: OpenAIChat, fake: LLM) -> None:
    fake.between, fake.tokens = 0.05, 200
    pieces = chat.answer(prompt(), Call(PATIENT))
    next(pieces)
    pieces.close()
    assert fake.gone(fake.requests[0], SOON)
