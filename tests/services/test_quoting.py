"""Without a model, documents answer: the passage that fits, and its source; else the truth."""

from pathlib import Path

import pytest

from chatterkeep.answerers.documents import UNKNOWN
from chatterkeep.domain.outcome import Outcome
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.documents import add_document
from tests.make import NOW, make_inbound, make_settings
from tests.services.test_replies import ended, lines_of

pytestmark = databases.both


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url, flow="assistant")


def ask(services: Services, question: str) -> Outcome:
    return services.turns.receive(make_inbound(text=question), NOW)


def test_a_passage_answers_and_is_named_as_the_source(services: Services) -> None:
    add_document(services)
    outcome = ask(services, "Are you open on Sundays?")
    assert ended(services, outcome).failure is None
    answer = lines_of(services, outcome)[-1]
    assert "> We are closed on Sundays and on public holidays." in answer.text
    assert [(source.number, source.title) for source in answer.basis.sources] == [(1, "Opening hours")]
    assert services.knowledge.passage(answer.basis.sources[0].passage_id).label == "Opening hours"


def test_what_the_documents_do_not_say_is_not_made_up(services: Services) -> None:
    add_document(services)
    outcome = ask(services, "Do you sell pizza?")
    ended(services, outcome)
    assert lines_of(services, outcome)[-1].text == UNKNOWN
    assert not lines_of(services, outcome)[-1].basis


def test_without_documents_the_flow_says_its_own_text_at_once(services: Services) -> None:
    outcome = ask(services, "Are you open on Sundays?")
    assert [line.text for line in lines_of(services, outcome)][-1].startswith("No language model is connected here")


def test_a_document_added_while_it_runs_is_used_from_then_on(services: Services) -> None:
    ask(services, "Are you open on Sundays?")
    add_document(services)
    outcome = ask(services, "Are you open on Sundays?")
    ended(services, outcome)
    assert lines_of(services, outcome)[-1].basis.sources
