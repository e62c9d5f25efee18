"""What a client told of a customer reaches the model, and what an answer rests on stays with it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from chatterkeep.domain.audit import Actor
from chatterkeep.domain.basis import Basis, Source, ToolUse
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.messages import SessionRef
from chatterkeep.services.rotation import Rotation
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.basis import seal_basis
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import get
from chatterkeep.storage.models import MessageRecord
from tests import databases
from tests.llm.server import LLM
from tests.make import NOW, make_inbound, make_settings
from tests.services.test_replies import ask, ended, lines_of
from tests.storage.test_rotating import rotate

pytestmark = databases.both

RESTS_ON = Basis((Source(1, "p-1", "Opening hours"),), (ToolUse("flights"), ToolUse("weather", "timed_out")))


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(tokens=12).running() as server:
        yield server


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM) -> Settings:
    return make_settings(
        data_dir=data_dir, database_url=database_url, flow="assistant", openai_base_url=fake.url, answer_cache=0
    )


@pytest.fixture
def session_id(services: Services, vault: Vault, database: Database, engine: Engine) -> str:
    """A session whose last answer rests on something."""
    outcome = ask(services)
    answer = lines_of(services, outcome)[-1] if ended(services, outcome) else None
    assert answer
    with database.read() as connection:
        known = get(connection, vault, SessionRef(outcome.session_id))
    sealed = seal_basis(known.data_key, RESTS_ON, answer.conversation_id, answer.position.seq)
    with engine.begin() as connection:
        connection.execute(update(MessageRecord).where(MessageRecord.seq == answer.position.seq).values(basis=sealed))
    return outcome.session_id


def test_what_was_told_of_a_customer_is_in_the_prompt(services: Services, fake: LLM) -> None:
    opening = services.sessions.open("assistant", NOW, {"flight_no": "CK 42", "gate": "B7"})
    ended(services, ask(services, "When?", sender=SessionRef(opening.session.session_id)))
    system = fake.requests[-1].body["messages"][0]["content"]
    assert "You are a friendly assistant" in system
    assert json.loads(system.splitlines()[-1]) == {"flight_no": "CK 42", "gate": "B7"}


def test_without_a_context_the_prompt_says_nothing_of_one(services: Services, fake: LLM) -> None:
    ended(services, ask(services))
    assert "known of this customer" not in fake.requests[-1].body["messages"][0]["content"]


def test_an_answer_and_its_reply_tell_what_they_rest_on(services: Services, session_id: str) -> None:
    question, answer = services.sessions.show(session_id).lines
    assert (question.basis, answer.basis) == (Basis(), RESTS_ON)


def test_a_persons_file_tells_it_too(services: Services, session_id: str) -> None:
    export = services.rights.export(session_id, Format.JSON, Actor("test"), NOW)
    question, answer = json.loads("".join(export.pieces))["conversations"][0]["messages"]
    assert "sources" not in question
    assert answer["sources"] == [{"number": 1, "passage_id": "p-1", "title": "Opening hours"}]
    assert answer["tools"][1] == {"name": "weather", "failure": "timed_out", "title": "", "acts": False}


def test_it_is_kept_when_the_session_gets_another_key(
    services: Services,
    session_id: str,
    settings: Settings,
    database: Database,
    vault: Vault,
) -> None:
    assert rotate(Rotation(database, vault), settings, "data") > 0
    services.turns.receive(make_inbound(text="And now?", sender=SessionRef(session_id)), NOW)
    assert services.sessions.show(session_id).lines[1].basis == RESTS_ON
