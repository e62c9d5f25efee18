"""Fixtures: a model that calls tools, an airline that answers, and an application between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.settings import Settings
from tests.gateway import Gateway, running_gateway
from tests.llm.server import LLM
from tests.make import make_settings
from tests.tools import BOOKING, FLIGHT, tools_file


@pytest.fixture
def fake() -> Iterator[LLM]:
    """A model that repeats what its tools gave."""
    with LLM(retells=True).running() as server:
        yield server


@pytest.fixture
def airline() -> Iterator[Gateway]:
    """The server behind the tools."""
    with running_gateway() as gateway:
        yield gateway


@pytest.fixture
def declared() -> tuple[str, ...]:
    """What the file of tools says."""
    return (FLIGHT, BOOKING)


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM, airline: Gateway, declared: tuple[str, ...]) -> Settings:
    """An application whose model may call the airline's tools."""
    return make_settings(
        data_dir=data_dir,
        database_url=database_url,
        flow="assistant",
        openai_base_url=fake.url,
        private_targets="allowed",
        tools=tools_file(data_dir, airline, *declared),
    )
