"""Who does not want an answer any more ends the provider's work, long before the answer would have ended by itself."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.domain.answers import Unwanted
from chatterkeep.services.ports import Call
from tests.answerers.asking import PATIENT, drain, prompt
from tests.llm.server import LLM


@pytest.mark.parametrize("fault", ["hang", "hang-before-first", "hang-mid-stream", "trickle", "drip-headers", "slow-5"])
def test_another_thread_can_cancel_at_any_stage(chat: OpenAIChat, fake: LLM, fault: str) -> None:
    fake.fault = fault
    call = Call(PATIENT)

    def cancel_in_the_middle() -> None:
        while not fake.requests:
            time.sleep(0.01)
        time.sleep(0.2)
        call.cancel()

    threading.Thread(target=cancel_in_the_middle, daemon=True).start()
    assert drain(chat.answer(prompt(), call), Unwanted)
    [request] = fake.requests
    assert fake.gone(request)


def test_cancelling_one_leaves_the_others(chat: OpenAIChat, fake: LLM) -> None:
    fake.between, fake.tokens = 0.03, 100
    calls = [Call(PATIENT) for _ in range(10)]
    with ThreadPoolExecutor(10) as threads:
        answers = [threads.submit(drain, chat.answer(prompt(), call), Unwanted) for call in calls]
        while len(fake.requests) < len(calls):
            time.sleep(0.01)
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
    assert fake.gone(fake.requests[0])
