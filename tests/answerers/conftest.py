"""A fake language model, and an answerer that asks it."""

from collections.abc import Iterator

import pytest

from chatterkeep.answerers.openai_chat import OpenAIChat
from tests.answerers.asking import chat_with
from tests.llm.server import LLM


@pytest.fixture
def fake() -> Iterator[LLM]:
    """A running server that answers at once."""
    with LLM().running() as server:
        yield server


@pytest.fixture
def chat(fake: LLM) -> Iterator[OpenAIChat]:
    """An answerer that asks the fake server, ready: loading the SDK is not counted in any deadline."""
    with chat_with(fake.url) as answerer:
        answerer.prepare()
        yield answerer
