"""The index of words finds what looking through every text would find, and forgets what is erased."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from chatterkeep.domain.search import Hits, Mark, read_query
from chatterkeep.services.indexing import Indexing
from chatterkeep.services.wiring import Services
from chatterkeep.storage import search
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.models import WordRecord
from tests import databases
from tests.make import NOW, make_address, make_inbound

VOCABULARY = ("ada", "Ada", "b", "café", "cafe", "don't", "東京", "東", "京都", "12", "👍", "-", "c-d", "ça va")
TEXTS = st.lists(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8)
QUERIES = st.lists(
    st.tuples(st.sampled_from(["", "", "-"]), st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=2)),
    min_size=1,
    max_size=3,
)


def said(services: Services, texts: Sequence[str]) -> list[str]:
    """Let one person after another say each of these; return the conversations."""
    return [
        services.turns.receive(
            make_inbound(text=text, sender=make_address()), NOW + timedelta(seconds=i)
        ).conversation_id
        for i, text in enumerate(texts)
    ]


def find(database: Database, vault: Vault, typed: str, before: Mark | None = None, limit: int = 50) -> Hits:
    with database.read() as connection:
        return search.find_hits(connection, vault, read_query(typed), before, limit)


def entries(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(WordRecord)) or 0


@pytest.fixture
def indexing(database: Database, vault: Vault) -> Indexing:
    return Indexing(database, vault, on=True)


def fill(indexing: Indexing) -> int:
    return sum(indexing.fill())


@databases.both
def test_a_word_is_found_in_what_people_and_the_bot_said_newest_first(
    services: Services, database: Database, vault: Vault, indexing: Indexing
) -> None:
    known = said(services, ["hello", "who is Ada", "hello", "ADA!"])
    assert fill(indexing) == 8
    assert [hit.conversation_id for hit in find(database, vault, "ada").hits] == [known[3], known[1]]
    assert [hit.conversation_id for hit in find(database, vault, "what name").hits] == [known[2], known[0]]
    assert find(database, vault, "nobody").hits == ()
