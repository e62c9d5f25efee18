"""The index of words finds what looking through every text would find, and forgets what is erased."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, select, update

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.search import Hit, Hits, Mark, read_query
from chatterkeep.domain.words import VERSION
from chatterkeep.services import indexing as background
from chatterkeep.services.indexing import Indexing
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage import search, word_index, words
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import MessageRecord, SessionRecord, WordRecord
from chatterkeep.storage.word_index import Standing, State
from tests import databases, rows
from tests.make import NAME, NOW, SONG, make_address, make_inbound
from tests.waiting import until

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


def walk(database: Database, vault: Vault, typed: str, limit: int) -> list[Hit]:
    """All hits, page by page."""
    part = find(database, vault, typed, None, limit)
    found = list(part.hits)
    while part.following:
        part = find(database, vault, typed, part.following, limit)
        found += part.hits
    return found


def entries(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(WordRecord)) or 0


def of_conversation(engine: Engine, row: int) -> int:
    with engine.connect() as connection:
        count = select(func.count()).select_from(WordRecord).where(WordRecord.conversation_id == row)
        return connection.scalar(count) or 0


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


@databases.both
def test_the_index_finds_what_a_look_through_all_texts_finds(
    services: Services, database: Database, vault: Vault, indexing: Indexing, engine: Engine
) -> None:
    """Texts and queries are drawn; whatever was said in earlier examples is there as well, and searched too."""
    everything: dict[str, str] = {}

    @given(TEXTS, QUERIES, st.integers(1, 3))
    @effort(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def agree(texts: list[str], parts: list[tuple[str, list[str]]], limit: int) -> None:
        for text, conversation in zip(texts, said(services, texts), strict=True):
            everything[conversation] = text
        fill(indexing)
        typed = " ".join(f'{sign}"{" ".join(words)}"' if words[1:] else sign + words[0] for sign, words in parts)
        try:
            query = read_query(typed)
        except InvalidInput:
            return
        expected = {conversation for conversation, text in everything.items() if query.spans(text) is not None}
        assert {hit.conversation_id for hit in walk(database, vault, typed, limit) if hit.mark.seq == 1} == expected

    agree()


@databases.both
def test_those_of_the_same_instant_are_each_met_once_on_the_way(
    services: Services, database: Database, vault: Vault, indexing: Indexing
) -> None:
    known = [services.turns.receive(make_inbound(sender=make_address()), NOW).conversation_id for _ in range(7)]
    fill(indexing)
    assert [hit.conversation_id for hit in walk(database, vault, "hello", 2)] == known[::-1]


@databases.both
def test_a_search_ends_where_enough_was_looked_at_and_goes_on_from_there(
    services: Services, database: Database, vault: Vault, indexing: Indexing, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(services, ["b a"] + ["a b"] * 60)
    fill(indexing)
    monkeypatch.setattr(search, "READS", 10)
    first = find(database, vault, '"b a"')
    assert (first.hits, first.whole) == ((), False)
    assert [hit.text for hit in walk(database, vault, '"b a"', 50)] == ["b a"]
    monkeypatch.setattr(search, "LOOKUPS", 20)
    assert [hit.text for hit in walk(database, vault, '"b a" hello -hello', 50)] == []
    assert len(walk(database, vault, "a b", 7)) == 61


@databases.both
def test_what_a_hash_or_an_old_entry_points_to_by_mistake_is_not_shown(
    services: Services, database: Database, vault: Vault, indexing: Indexing
) -> None:
    said(services, ["one", "two"])
    fill(indexing)
    word = words.word_of(vault, "ghost")
    with database.write() as connection:
        for at, row in ((NOW, 1), (NOW + timedelta(days=1), 2), (NOW, 4711)):
            connection.execute(insert(WordRecord).values(word=word, at=at, conversation_id=row, seq=1))
    assert find(database, vault, "ghost") == Hits((), None)


@databases.both
def test_an_indexer_that_comes_second_adds_nothing(
    services: Services, database: Database, vault: Vault, indexing: Indexing, engine: Engine
) -> None:
    said(services, ["one", "two"])
    with database.read() as connection:
        batch = words.read_waiting(connection, vault, 0, 100)
    fill(indexing)
    before = entries(engine)
    with database.write() as connection:
        assert words.add(connection, batch) == 0
    assert entries(engine) == before > 0


@databases.both
def test_a_long_conversation_is_indexed_in_parts(
    services: Services, database: Database, vault: Vault, indexing: Indexing
) -> None:
    sender = make_address()
    for number in range(5):
        services.turns.receive(make_inbound(text=f"word{number}", sender=sender), NOW)
    assert list(indexing.fill(3)) == [3, 3, 3, 1]
    assert [len(find(database, vault, f"word{number}").hits) for number in range(5)] == [1] * 5
    assert indexing.waiting() == 0


@databases.both
def test_what_cannot_be_opened_waits_and_stands_in_nobodys_way(
    services: Services, database: Database, vault: Vault, indexing: Indexing
) -> None:
    said(services, ["one two three", "two"])
    with database.write() as connection:
        connection.execute(update(SessionRecord).where(SessionRecord.id == 1).values(data_key=b"gone"))
        connection.execute(update(MessageRecord).where(MessageRecord.seq == 2).values(body=b"damaged"))
    for _ in indexing.fill(1):
        pass
    assert len(find(database, vault, "two").hits) == 1
    assert indexing.waiting() == 1


@databases.both
def test_the_background_passes_what_cannot_be_opened(
    services: Services, database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(services, ["one", "two", "three", "four"])
    with database.write() as connection:
        connection.execute(update(SessionRecord).where(SessionRecord.id <= 2).values(data_key=b"gone"))
    monkeypatch.setattr(background, "BATCH", 2)
    monkeypatch.setattr(background, "PERIOD", 0.01)
    indexing = Indexing(database, vault, on=True)
    indexing.start()
    until(lambda: indexing.waiting() == 2)
    said(services, ["five"])
    until(lambda: bool(find(database, vault, "five").hits))
    indexing.close()
    until(lambda: indexing.at_rest)


@databases.both
def test_a_session_is_forgotten_exactly(
    services: Services, database: Database, vault: Vault, indexing: Indexing, engine: Engine
) -> None:
    said(services, ["mine and yours", "yours"])
    fill(indexing)
    both = entries(engine)
    services.turns.receive(make_inbound(text="a third", sender=make_address()), NOW)
    with database.write() as connection:
        gone = words.forget_conversation_words(connection, vault, [1])
        connection.execute(delete(SessionRecord).where(SessionRecord.id == 1))
    assert entries(engine) == both - gone > 0
    assert of_conversation(engine, 1) == 0
    assert fill(indexing) == 2
    assert [hit.text for hit in find(database, vault, "yours").hits] == ["yours"]


@databases.both
@pytest.mark.parametrize("spoilt", ["version", "text", "entry", "key"])
def test_where_the_messages_do_not_tell_their_entries_the_whole_index_is_looked_through(
    services: Services, database: Database, vault: Vault, indexing: Indexing, engine: Engine, spoilt: str
) -> None:
    said(services, ["mine and yours", "yours"])
    fill(indexing)
    others = of_conversation(engine, 2)
    with database.write() as connection:
        match spoilt:
            case "version":
                word_index.set_standing(connection, Standing("0", State.READY))
            case "text":
                connection.execute(update(MessageRecord).values(body=b"damaged"))
            case "key":
                connection.execute(update(SessionRecord).values(data_key=b"gone"))
            case "entry":
                connection.execute(
                    update(WordRecord).where(WordRecord.conversation_id == 1, WordRecord.seq == 1).values(at=NOW)
                )
                connection.execute(
                    update(WordRecord)
                    .where(WordRecord.conversation_id == 1, WordRecord.word == words.word_of(vault, "mine"))
                    .values(word=b"stranger")
                )
        words.forget_conversation_words(connection, vault, [1])
    assert (of_conversation(engine, 1), of_conversation(engine, 2)) == (0, others)


@databases.both
def test_nothing_is_added_by_other_rules_or_while_the_index_is_emptied(
    services: Services, database: Database, indexing: Indexing, engine: Engine
) -> None:
    said(services, ["one"])
    for unfit in (Standing("0", State.READY), Standing(VERSION, State.EMPTYING)):
        with database.write() as connection:
            word_index.set_standing(connection, unfit)
        assert not indexing.is_current()
        assert fill(indexing) == 0
    for _ in indexing.empty():
        pass
    assert (indexing.is_current(), indexing.is_being_filled(), fill(indexing)) == (True, True, 2)
    indexing.finish()
    assert (indexing.is_being_filled(), entries(engine) > 0) == (False, True)


@databases.both
def test_an_index_is_built_anew_as_it_was(
    services: Services, database: Database, indexing: Indexing, engine: Engine
) -> None:
    said(services, ["one", "two words", "three"])
    fill(indexing)
    before = entries(engine)
    for _ in indexing.empty():
        pass
    assert (entries(engine), indexing.messages()) == (0, 6)
    assert fill(indexing) == 6
    assert entries(engine) == before


@databases.both
def test_every_word_in_the_database_is_a_hash(
    services: Services, indexing: Indexing, settings: Settings, engine: Engine
) -> None:
    said(services, [f"{NAME} {SONG}"])
    fill(indexing)
    stored = rows.everything(settings).lower()
    assert entries(engine) > 0
    assert not any(word.lower().encode() in stored for word in (NAME, *SONG.split()))


def test_the_leading_word_is_walked_by_its_key_and_others_are_looked_up(
    services: Services, database: Database, vault: Vault, indexing: Indexing
) -> None:
    said(services, ["a b"])
    fill(indexing)
    plan = search._Plan(words.word_of(vault, "a"), (words.word_of(vault, "b"),), (words.word_of(vault, "c"),))
    part = search._part(plan, Mark(NOW + timedelta(days=1), 5, 5), 10)
    compiled = part.compile(database.engine, compile_kwargs={"literal_binds": False})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    values = [to_micros(value) if isinstance(value, datetime) else value for value in values]
    with database.read() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(values))
        told = " / ".join(str(row[-1]) for row in steps)
    assert told.count("USING PRIMARY KEY (word=? AND") == 3
    assert "SCAN words" not in told
