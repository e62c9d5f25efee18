"""What there is of documents altogether stays right, whoever changes it at the same moment."""

from collections import Counter

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from chatterkeep.services.wiring import Services
from chatterkeep.storage.db import Database
from chatterkeep.storage.documents import held_after
from chatterkeep.storage.knowledge import count_terms, counts_of, hold
from chatterkeep.storage.models_knowledge import KnowledgeRecord
from tests import databases
from tests.documents import add_document


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_passages_that_are_indexed_anew_are_held_before_they_are_read(
    services: Services, database: Database, engine: Engine
) -> None:
    add_document(services)
    with database.write() as connection:
        assert held_after(connection, 0, 10)
        with engine.connect() as other, pytest.raises(OperationalError, match="could not obtain lock"):
            other.execute(select(KnowledgeRecord.id).with_for_update(nowait=True))


@databases.both
def test_terms_that_no_passage_has_any_more_are_forgotten(database: Database) -> None:
    with database.write() as connection:
        hold(connection)
        count_terms(connection, Counter(cod=2, herring=1))
        count_terms(connection, Counter(cod=1, herring=1), sign=-1)
        assert counts_of(connection, ["cod", "herring"]) == {"cod": 1}
