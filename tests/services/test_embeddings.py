"""Passages found by their meaning: embeddings made in the background, used where they help, missed where they fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from chatterkeep.domain.answers import NoAnswer
from chatterkeep.services import embeddings
from chatterkeep.services.breaker import FAILURES
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.models_knowledge import PassageVectorRecord
from tests import databases
from tests.apps import running_app
from tests.documents import ADA, HOURS, add_document
from tests.llm.server import LLM
from tests.make import NOW, Clock, make_inbound, make_settings
from tests.services.test_replies import ended, lines_of
from tests.waiting import until

pytestmark = databases.both

IN_OTHER_WORDS = "What is the shipment price of a sofa?"
"""No word of it stands in the passage that answers it."""


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(says="A carrier brings it [1].").running() as server:
        yield server


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM) -> Settings:
    return make_settings(
        data_dir=data_dir,
        database_url=database_url,
        flow="assistant",
        embedding_model="fake-embed-1",
        embedding_base_url=fake.url,
        embedding_api_key="sk-embeddings",
        embedding_similarity=0.25,
        embedding_timeout=0.5,
    )


def filled(services: Services) -> int:
    return sum(services.embeddings.fill())


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(PassageVectorRecord)) or 0


def sources(services: Services, question: str) -> list[str]:
    outcome = services.turns.receive(make_inbound(text=question), NOW)
    ended(services, outcome)
    return [source.title for source in lines_of(services, outcome)[-1].basis.sources]


def test_a_question_finds_what_says_it_in_other_words(services: Services) -> None:
    add_document(services)
    assert sources(services, IN_OTHER_WORDS) == []
    assert filled(services) == 2
    assert sources(services, IN_OTHER_WORDS) == ["Opening hours > Deliveries"]


def test_what_no_passage_means_is_still_not_made_up(services: Services) -> None:
    add_document(services)
    filled(services)
    assert sources(services, "Who won the chess championship in Riga?") == []


def test_what_both_ways_find_comes_first(services: Services) -> None:
    add_document(services)
    filled(services)
    best = services.knowledge.ask("What does a delivery cost?")[0]
    assert best.place.label == "Opening hours > Deliveries"
    assert best.similarity > 0.25
    assert best.cover > 0


def test_each_passage_is_asked_about_once(services: Services, fake: LLM) -> None:
    add_document(services)
    assert (filled(services), filled(services), len(fake.embedded)) == (2, 0, 1)
    add_document(services, title="Fish", origin="fish.md", text="We sell cod and herring.")
    assert (filled(services), len(fake.embedded)) == (1, 2)
    assert services.embeddings.waiting() == 0


def test_a_document_that_was_replaced_is_found_by_its_new_meaning_alone(services: Services, engine: Engine) -> None:
    add_document(services)
    filled(services)
    assert sources(services, IN_OTHER_WORDS)
    add_document(services, text=HOURS.partition("## Deliveries")[0])
    filled(services)
    assert stored(engine) == 1
    assert sources(services, IN_OTHER_WORDS) == []


def test_a_document_that_was_removed_leaves_no_vector(services: Services, engine: Engine) -> None:
    document = add_document(services).document
    filled(services)
    services.knowledge.remove(document.id, ADA, NOW)
    assert stored(engine) == 0
    assert services.knowledge.ask(IN_OTHER_WORDS) == []


def test_other_processes_find_what_one_has_embedded(services: Services, settings: Settings, clock: Clock) -> None:
    with running_app(settings, clock) as other, other.app_context():
        elsewhere: Services = other.extensions["chatterkeep"]
        assert elsewhere.knowledge.ask(IN_OTHER_WORDS) == []
        add_document(services)
        elsewhere.knowledge.ask("Anything?")
        filled(services)
        until(lambda: any(one.similarity > 0.25 for one in elsewhere.knowledge.ask(IN_OTHER_WORDS)))


def test_many_passages_are_narrowed_down_to_the_nearest(services: Services) -> None:
    add_document(services)
    crowd = "\n\n".join(f"# Number {one}\n\nHere stands word{one} and also thing{one}." for one in range(500))
    add_document(services, title="Crowd", origin="crowd.md", text=crowd)
    assert filled(services) > 450
    found = services.knowledge.ask(IN_OTHER_WORDS, limit=3)
    assert found[0].place.label == "Opening hours > Deliveries"
    similar = services.knowledge.ask("word77 thing77")[0]
    assert "word77" in similar.place.text


def test_the_background_follows_by_itself(services: Services) -> None:
    services.embeddings.start()
    add_document(services)
    until(lambda: services.embeddings.waiting() == 0)


def test_a_server_that_fails_costs_the_meaning_and_nothing_else(services: Services, fake: LLM) -> None:
    add_document(services)
    filled(services)
    fake.embedding_fault = "server-error"
    assert sources(services, "Are you open on Sundays?") == ["Opening hours"]
    services.embeddings.forget()
    with pytest.raises(NoAnswer):
        filled(services)


def test_a_server_that_says_nothing_is_left_alone_after_a_while(services: Services, fake: LLM) -> None:
    add_document(services)
    fake.embedding_fault = "hang"
    for _ in range(FAILURES + 2):
        assert services.knowledge.ask("Are you open on Sundays?")
    assert len(fake.embedded) == FAILURES


def test_a_passage_too_long_for_the_model_is_cut_and_the_others_are_not(services: Services, fake: LLM) -> None:
    add_document(services)
    add_document(services, title="Long", origin="long.md", text="Wardrobe. " + "Filler words of a long text. " * 45)
    fake.longest = 500
    assert filled(services) == sum(document.passages for document in services.knowledge.browse())
    assert all(len(text) <= 500 for _, texts in list(fake.embedded)[-2:] for text in texts)
    assert "carrier who calls you first" in " ".join(text for _, texts in fake.embedded for text in texts)
    assert services.embeddings.waiting() == 0


def test_a_model_that_refuses_everything_does_not_go_on_for_ever(services: Services, fake: LLM) -> None:
    add_document(services)
    fake.longest = 10
    with pytest.raises(NoAnswer):
        filled(services)
    assert len(fake.embedded) < 12


def test_a_passage_that_is_refused_for_ever_does_not_keep_the_others_waiting(
    services: Services, fake: LLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "BATCH", 2)
    monkeypatch.setattr(embeddings, "PERIOD", 0.01)
    monkeypatch.setattr(embeddings, "AFTER_FAILURE", 0.01)
    for name in ("Apples", "Pears", "Quinces", "Plums", "Cherries"):
        add_document(services, title=name, origin=name, text=f"We sell {name.lower()}.")
    fake.refused = "quinces"
    services.embeddings.start()
    until(lambda: services.embeddings.waiting() == 1)
    fake.refused = None
    until(lambda: services.embeddings.waiting() == 0)


def test_a_provider_sees_no_number_of_anybody(services: Services, fake: LLM) -> None:
    add_document(services, text="# Contact\n\nCall Ada at +1 415 555 2671, or write to ada@example.org.")
    filled(services)
    services.knowledge.ask("May I call you? I am at (415) 555-2672.")
    told = " ".join(text for _, texts in fake.embedded for text in texts)
    assert "Call Ada at [PHONE_1]" in told
    assert not any(digits in told for digits in ("555 2671", "555-2672", "ada@example.org"))


def test_vectors_of_another_model_count_as_none(
    services: Services, settings: Settings, clock: Clock, engine: Engine, app: Flask
) -> None:
    add_document(services)
    filled(services)
    changed = settings.model_copy(update={"embedding_model": "fake-embed-2"})
    with running_app(changed, clock) as other, other.app_context():
        elsewhere: Services = other.extensions["chatterkeep"]
        assert all(one.similarity == 0 for one in elsewhere.knowledge.ask(IN_OTHER_WORDS))
        assert elsewhere.embeddings.waiting() == 2
        assert filled(elsewhere) == 2
        assert elsewhere.knowledge.ask(IN_OTHER_WORDS)[0].similarity > 0.25
    assert stored(engine) == 2


def test_without_a_model_nobody_is_asked(data_dir: Path, database_url: str, clock: Clock, fake: LLM) -> None:
    plain = make_settings(data_dir=data_dir, database_url=database_url, openai_base_url=fake.url)
    with running_app(plain, clock) as app, app.app_context():
        services: Services = app.extensions["chatterkeep"]
        add_document(services)
        assert (services.embeddings.on, filled(services), services.embeddings.waiting()) == (False, 0, 0)
        assert services.knowledge.ask("Are you open on Sunday?")
    assert not fake.embedded
