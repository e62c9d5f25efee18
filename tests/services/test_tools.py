"""A model calls tools, over HTTP to a real server; its answer names them, and their failures are honest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.domain.basis import ToolUse
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.gateway import Gateway, running_gateway
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted
from tests.make import make_settings
from tests.services.test_replies import ask, ended
from tests.tools import FLIGHT, says, tools_file

pytestmark = databases.both


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(retells=True).running() as server:
        yield server


@pytest.fixture
def airline() -> Iterator[Gateway]:
    with running_gateway() as gateway:
        yield gateway


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM, airline: Gateway) -> Settings:
    return make_settings(
        data_dir=data_dir,
        database_url=database_url,
        flow="assistant",
        openai_base_url=fake.url,
        private_targets="allowed",
        tools=tools_file(data_dir, airline, FLIGHT),
    )


def test_a_flight_is_looked_up_and_the_answer_says_so(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers = [says({"status": "delayed", "gate": "B7"})]
    fake.wants = [Round([Wanted("flight_status", {"flight_no": "CK 42", "date": "2026-03-14"})])]
    reply = ended(services, ask(services))
    assert airline.heard[0].line == "GET /flights/CK%2042?date=2026-03-14 HTTP/1.1"
    assert "delayed" in reply.text
    assert reply.basis.tools == (ToolUse("flight_status", None, "flight status"),)
