"""Embeddings by a server that speaks OpenAI's API: vectors in order, and every fault is one failure of ours."""

import math
import time
from collections.abc import Iterator

import pytest

from chatterkeep.answerers.openai_embeddings import OpenAIEmbeddings
from chatterkeep.domain.answers import Failure, NoAnswer, Patience, Unwanted
from chatterkeep.services.ports import Call
from tests.llm.embeddings import FAULTS, LENGTH
from tests.llm.server import LLM

EXPECTED = {
    "no-json": {Failure.BROKEN, Failure.MALFORMED},
    "unauthorized": {Failure.UNAUTHORIZED},
    "over-quota": {Failure.OVER_QUOTA},
    "server-error": {Failure.SERVER_ERROR},
}


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM().running() as server:
        yield server


@pytest.fixture
def embedder(fake: LLM) -> Iterator[OpenAIEmbeddings]:
    made = OpenAIEmbeddings("sk-secret", fake.url, "fake-embed-1")
    yield made
    made.close()


def call(seconds: float = 10.0) -> Call:
    return Call(Patience(first=seconds, between=seconds, total=seconds))


def test_each_text_has_a_vector_of_length_one_in_its_place(fake: LLM, embedder: OpenAIEmbeddings) -> None:
    asked = call()
    first, second = embedder.embed(["Fish", "Bread"], asked)
    assert len(first) == len(second) == LENGTH
    assert math.isclose(math.hypot(*first), 1, abs_tol=1e-5)
    assert first.tolist() == pytest.approx(embedder.embed(["Fish"], call())[0].tolist())
    assert first != second
    assert asked.usage is not None
    assert asked.usage.prompt_tokens == 2


def test_the_key_goes_along(fake: LLM, embedder: OpenAIEmbeddings) -> None:
    embedder.embed(["Fish"], call())
    assert fake.embedded[-1][0]["authorization"] == "Bearer sk-secret"


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_none_is_a_failure_of_ours_without_its_words(
    fake: LLM, embedder: OpenAIEmbeddings, fault: str
) -> None:
    fake.embedding_fault = fault
    with pytest.raises(NoAnswer) as raised:
        embedder.embed(["Fish", "Bread"], call())
    assert raised.value.failure in EXPECTED.get(fault, {Failure.MALFORMED})
    assert "sk-secret" not in str(raised.value)


def test_one_deadline_ends_a_server_that_says_nothing(fake: LLM, embedder: OpenAIEmbeddings) -> None:
    fake.embedding_fault = "hang"
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        embedder.embed(["Fish"], call(0.3))
    assert time.monotonic() - began < 10  # the SDK's own would be 600


def test_nobody_waits_who_does_not_want_to(fake: LLM, embedder: OpenAIEmbeddings) -> None:
    fake.embedding_fault = "hang"
    unwanted = call()
    unwanted.cancel()
    with pytest.raises(Unwanted):
        embedder.embed(["Fish"], unwanted)


def test_a_server_that_is_not_there_is_told_from_one_that_fails() -> None:
    with pytest.raises(NoAnswer) as raised:
        OpenAIEmbeddings("", "http://127.0.0.1:9/v1", "fake-embed-1").embed(["Fish"], call())
    assert raised.value.failure is Failure.UNREACHABLE
