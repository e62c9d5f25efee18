"""Documents: taken in whole or not, found by their words, gone when they are removed."""

import pytest

from chatterkeep.domain.documents import Result
from chatterkeep.domain.errors import NotFound
from chatterkeep.services.wiring import Services
from tests import databases
from tests.documents import ADA, HOURS, add_document
from tests.make import NOW

pytestmark = databases.both


def best(services: Services, question: str) -> str | None:
    found = services.knowledge.ask(question)
    return found[0].place.label if found else None


def test_a_document_is_found_by_what_it_says(services: Services) -> None:
    added = add_document(services)
    assert (added.result, added.document.passages, added.document.language) == (Result.ADDED, 2, "en")
    assert best(services, "Are you open on Sunday?") == "Opening hours"
    assert best(services, "What does a delivery cost?") == "Opening hours > Deliveries"


def test_what_no_document_says_is_not_found(services: Services) -> None:
    add_document(services)
    assert best(services, "Zanzibar?") is None


def test_the_same_document_again_changes_nothing(services: Services) -> None:
    first, second = add_document(services), add_document(services)
    assert second.result is Result.UNCHANGED
    assert second.document == first.document
    assert len(services.knowledge.browse()) == 1


def test_a_changed_file_replaces_what_it_was(services: Services) -> None:
    first = add_document(services)
    second = add_document(services, text=HOURS.replace("Sundays", "Mondays"))
    assert second.result is Result.REPLACED
    assert [document.id for document in services.knowledge.browse()] == [second.document.id]
    assert best(services, "sunday") is None
    with pytest.raises(NotFound):
        services.knowledge.document(first.document.id)


def test_a_removed_document_is_found_no_more(services: Services) -> None:
    added = add_document(services)
    add_document(services, title="Fish", origin="fish.md", text="We sell cod and herring.")
    services.knowledge.remove(added.document.id, ADA, NOW)
    assert best(services, "delivery") is None
    assert best(services, "herring") == "Fish"
    with pytest.raises(NotFound):
        services.knowledge.remove(added.document.id, ADA, NOW)


def test_a_short_document_is_found_by_other_forms_of_its_words(services: Services) -> None:
    added = add_document(services, title="Rain", origin="rain.txt", text="We lend umbrellas on rainy days.")
    assert added.document.language == "en"
    assert best(services, "umbrella?") == "Rain"
