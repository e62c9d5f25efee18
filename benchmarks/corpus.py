"""A million made-up messages with words as frequent as in a language, loaded in bulk with their index."""

import random
import sqlite3
import uuid
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import psycopg

from chatterkeep.domain.words import VERSION
from chatterkeep.storage.crypto import DataKey, Vault
from chatterkeep.storage.keyfile import read_key_file
from chatterkeep.storage.places import body_place
from chatterkeep.storage.words import word_of

TALK = 20
"""Messages of each conversation."""

VOCABULARY = 60_000
COMMON = ("alpha", "bravo")
"""Two words that stand in every third message each."""

UNINDEXED = 0.05
"""The share of the conversations, the newest, whose words are left for the application to add."""

_BEGAN = 1_760_000_000_000_000
_APART = 15_000_000
_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va")
_TABLES = {
    "sessions": ("id", "public_id", "data_key", "channel", "last_number", "created_at"),
    "conversations": (
        *("id", "session_id", "public_id", "number", "version", "flow", "flow_version", "state", "status", "owner"),
        *("last_seq", "indexed_seq", "created_at", "last_message_at"),
    ),
    "messages": ("conversation_id", "seq", "author", "kind", "state", "body", "created_at"),
    "words": ("word", "at", "conversation_id", "seq"),
}


@dataclass(slots=True)
class Corpus:
    """What is said: for each word, the numbers of the messages that hold it."""

    messages: int
    seed: int = 7
    vocabulary: list[str] = field(default_factory=list)
    places: "dict[str, array[int]]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        digits = range(VOCABULARY)
        self.vocabulary = [*COMMON, *("".join(_SYLLABLES[n >> s & 15] for s in (0, 4, 8, 12)) for n in digits)]
        self.places = {word: array("I") for word in self.vocabulary}

    @property
    def indexed(self) -> int:
        """How many messages are indexed from the start."""
        return int(self.messages / TALK * (1 - UNINDEXED)) * TALK

    def texts(self) -> Iterator[str]:
        """Each message's text, oldest first; the places of its words are noted."""
        chance = random.Random(self.seed)
        rare = self.vocabulary[len(COMMON) :]
        weights = list(accumulate(1 / rank for rank in range(10, 10 + len(rare))))
        for number in range(self.messages):
            words = chance.choices(rare, cum_weights=weights, k=chance.randint(3, 12))
            words[1:1] = [word for word in COMMON if chance.random() < 1 / 3]
            for word in set(words):
                self.places[word].append(number)
            yield " ".join(words)

    def phrases(self, count: int) -> list[str]:
        """Two words that stand side by side somewhere."""
        texts = [text.split() for text, _ in zip(self.texts_again(), range(count * 50), strict=False)]
        return [f'"{words[-2]} {words[-1]}"' for words in texts[::50]]

    def texts_again(self) -> Iterator[str]:
        return Corpus(self.messages, self.seed).texts()

    def rare(self, count: int) -> list[str]:
        """Words that stand in 1 to 20 messages."""
        found = [word for word, places in self.places.items() if 1 <= len(places) <= 20]
        return random.Random(self.seed).sample(found, min(count, len(found)))


def load(corpus: Corpus, data: Path, url: str) -> int:
    """Put the corpus into migrated, empty tables; return how many bytes the words and their index take."""
    vault = Vault(read_key_file(data / "keys.json"))
    return _load_postgres(corpus, vault, url) if url else _load_sqlite(corpus, vault, data / "chatterkeep.sqlite3")


def _load_sqlite(corpus: Corpus, vault: Vault, file: Path) -> int:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-200000")
        database.execute("BEGIN")
        for table, rows in _tables(corpus, vault):
            marks = ", ".join("?" * len(_TABLES[table]))
            if table == "words":
                before = _pages(database)
            database.executemany(f"INSERT INTO {table} ({', '.join(_TABLES[table])}) VALUES ({marks})", rows)  # noqa: S608
        size = _pages(database) - before
        database.execute("INSERT INTO word_index (id, version, state) VALUES (1, ?, 'filling')", [VERSION])
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return size


def _pages(database: sqlite3.Connection) -> int:
    count, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(count * size)


def _load_postgres(corpus: Corpus, vault: Vault, url: str) -> int:
    with psycopg.connect(url, autocommit=True) as database, database.cursor() as cursor:
        for table, rows in _tables(corpus, vault):
            with cursor.copy(f"COPY {table} ({', '.join(_TABLES[table])}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        cursor.execute("INSERT INTO word_index (id, version, state) VALUES (1, %s, 'filling')", [VERSION])
        for table in ("sessions", "conversations"):
            cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")  # noqa: S608
        cursor.execute("VACUUM ANALYZE")
        size = cursor.execute("SELECT pg_total_relation_size('words')").fetchone()
        return int(size[0]) if size else 0


def _tables(corpus: Corpus, vault: Vault) -> Iterator[tuple[str, Iterator[Sequence[Any]]]]:
    """The rows of each table, in an order that its keys allow."""
    count = corpus.messages // TALK
    names = [(str(uuid.UUID(int=n)), str(uuid.UUID(int=n + count))) for n in range(1, count + 1)]
    keys = [vault.new_data_key(session) for session, _ in names]
    yield "sessions", _sessions(names, [wrapped for wrapped, _ in keys])
    yield "conversations", _conversations(names, corpus.indexed)
    yield "messages", _messages(names, [key for _, key in keys], corpus)
    yield "words", _words(corpus, vault)


def _at(number: int) -> int:
    return _BEGAN + number * _APART


def _sessions(names: Sequence[tuple[str, str]], wrapped: Sequence[bytes]) -> Iterator[Sequence[Any]]:
    for row, ((session, _), key) in enumerate(zip(names, wrapped, strict=True), 1):
        yield row, session, key, "demo", 1, _at(row * TALK)


def _conversations(names: Sequence[tuple[str, str]], indexed: int) -> Iterator[Sequence[Any]]:
    for row, (_, conversation) in enumerate(names, 1):
        kept = TALK if row * TALK <= indexed else 0
        standing = (row, row, conversation, 1, 1, "greeting", "0", "COMPLETE", "complete", "bot")
        yield *standing, TALK, kept, _at((row - 1) * TALK), _at(row * TALK - 1)


def _messages(names: Sequence[tuple[str, str]], keys: Sequence[DataKey], corpus: Corpus) -> Iterator[Sequence[Any]]:
    for number, text in enumerate(corpus.texts()):
        row, seq = divmod(number, TALK)
        body = keys[row].encrypt(text, body_place(names[row][1], seq + 1))
        yield row + 1, seq + 1, ("customer", "bot")[seq % 2], "text", "COMPLETE", body, _at(number)


def _words(corpus: Corpus, vault: Vault) -> Iterator[Sequence[Any]]:
    hashes = sorted((word_of(vault, word), word) for word in corpus.places)
    for hashed, word in hashes:
        for number in corpus.places[word]:
            if number < corpus.indexed:
                row, seq = divmod(number, TALK)
                yield hashed, _at(number), row + 1, seq + 1
