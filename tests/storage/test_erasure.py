"""Of somebody who was erased nothing can be found: no word, no number, no way in, and none of the bytes they had."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.erasure import By, Counts
from chatterkeep.domain.errors import NotFound, StoreBusy
from chatterkeep.domain.phone import parse_phone
from chatterkeep.services.rights import Wish
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.models import (
    AddressRecord,
    ConversationRecord,
    MessageRecord,
    ReplyRecord,
    SessionRecord,
    WordRecord,
)
from chatterkeep.storage.models_access import CodeRecord, ProofRecord, TokenRecord
from chatterkeep.storage.models_ledger import DoomedKeyRecord
from tests import databases, rows
from tests.apps import running_app
from tests.make import NOW, Clock, make_settings

PHONE, TYPED, OTHER = "+14155550171", "+14155550172", "+14155550173"
WORDS = [f"Quillfeather {number} marmalade {uuid4().hex}" for number in range(36)]
NAME, SONG = f"Quillfeather {uuid4().hex}", f"Marmalade Skies {uuid4().hex}"
CONTEXT = {f"field-{number}": f"told {uuid4().hex}" for number in range(10)}
DELIVERY = f"SMcanary{uuid4().hex}"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With limits, so that their file has something to hide as well."""
    values = {"database_url": settings.database_url, "limit_phone": "1000/minute", "limit_address": "1000/minute"}
    return make_settings(data_dir=settings.data_dir, **values)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


class Person:
    """Somebody who wrote by webhook and on a page, and of whom a client told something."""

    def __init__(self, client: FlaskClient, services: Services, engine: Engine) -> None:
        self.services = services
        self.posted = [
            client.post("/chat", json={"phone": PHONE, "message": text, "id": f"{DELIVERY}-{number}"})
            for number, text in enumerate(("hello", NAME, SONG, *WORDS[:18]))
        ]
        self.page = client.post("/", data={"phone": TYPED}).location
        for number, text in enumerate(("hello", NAME, *WORDS[18:])):
            client.post(f"{self.page}/messages", data={"text": text, "key": f"{DELIVERY}-{number}"})
        told = client.post("/chat/session", json={"customer_name": NAME, "customer_email": "q@example.com", **CONTEXT})
        self.token = told.json["token"]
        web = services.rights.sessions_of(parse_phone(TYPED, "US"))
        self.session_ids = (self.posted[0].json["session_id"], *web, told.json["session_id"])
        with engine.begin() as connection:
            found = connection.scalars(select(SessionRecord.id).where(SessionRecord.public_id.in_(self.session_ids)))
            self.rows = list(found)
            for row in self.rows:
                _pending_proof(connection, row)

    def canaries(self) -> list[str]:
        secrets = [*WORDS, NAME, SONG, *CONTEXT.values(), DELIVERY, self.page.rpartition("/")[2], self.token]
        return [*secrets, PHONE, PHONE[1:], PHONE[2:], TYPED, TYPED[1:], TYPED[2:]]

    def bytes(self, engine: Engine) -> list[bytes]:
        """Every value of 16 bytes or more in the rows that belong to this person."""
        conversations = select(ConversationRecord.id).where(ConversationRecord.session_id.in_(self.rows))
        queries = [
            select(SessionRecord.__table__).where(SessionRecord.id.in_(self.rows)),
            select(AddressRecord.__table__).where(AddressRecord.session_id.in_(self.rows)),
            select(TokenRecord.__table__).where(TokenRecord.session_id.in_(self.rows)),
            select(ConversationRecord.__table__).where(ConversationRecord.session_id.in_(self.rows)),
            select(MessageRecord.__table__).where(MessageRecord.conversation_id.in_(conversations)),
            select(ReplyRecord.__table__).where(ReplyRecord.conversation_id.in_(conversations)),
            select(ProofRecord.shown).where(ProofRecord.session_id.in_(self.rows)),
            select(CodeRecord.code),
        ]
        with engine.connect() as connection:
            values = [value for query in queries for row in connection.execute(query) for value in row]
        blobs = [value.encode() if isinstance(value, str) else value for value in values]
        return [blob for blob in blobs if isinstance(blob, bytes) and len(blob) >= 16 and not self._is_id(blob)]

    def erase(self) -> Counts:
        wishes = [Wish(session, str(uuid4()), By.COMMAND, COMMAND_LINE) for session in self.session_ids]
        return sum((self.services.rights.erase(wish, NOW).counts for wish in wishes), Counts())

    def _is_id(self, blob: bytes) -> bool:
        """The audit names sessions by their random ids."""
        return blob.decode("latin-1") in self.session_ids


def _pending_proof(connection: Any, row: int) -> None:
    values = {"created_at": NOW, "ends_at": NOW}
    proof = ProofRecord.__table__.insert().values(
        hash=uuid4().bytes * 2, session_id=row, lookup=b"l" * 32, shown=b"s" * 32, **values
    )
    key = connection.execute(proof).inserted_primary_key[0]
    connection.execute(
        CodeRecord.__table__.insert().values(
            proof_id=key, lookup=b"l" * 32, sent=True, code=b"C%d" % row * 16, **values
        )
    )


@pytest.fixture
def person(client: FlaskClient, services: Services, engine: Engine) -> Person:
    return Person(client, services, engine)


@databases.both
def test_nothing_of_fifty_canaries_is_left(
    person: Person, client: FlaskClient, settings: Settings, engine: Engine, log: pytest.LogCaptureFixture
) -> None:
    secrets, values = person.canaries(), person.bytes(engine)
    assert (len(secrets) >= 50, len(values) >= 100) == (True, True)
    stored = rows.everything(settings)
    assert [blob for blob in values if blob not in stored] == []
    person.erase()
    client.get(person.page)
    client.get("/nowhere")
    written = [*map(str.encode, secrets), *values]
    assert [word for word in written if word in rows.everything(settings)] == []
    metrics = client.get("/metrics").data + log.text.encode()
    assert [word for word in written if word in metrics] == []


@databases.both
def test_the_data_of_others_stays_readable(person: Person, client: FlaskClient, services: Services) -> None:
    said = [client.post("/chat", json={"phone": OTHER, "message": text}) for text in ("hello", "Kim", "Heroes")]
    person.erase()
    session_id = said[0].json["session_id"]
    written = "".join(services.rights.export(session_id, Format.JSON, COMMAND_LINE, NOW).pieces)
    assert all(words in written for words in (OTHER, "Kim", "Playing Heroes", '"complete": true'))
    assert client.post("/chat", json={"phone": OTHER, "message": "more"}).json["session_id"] == session_id


@databases.both
def test_what_is_left_are_hashes_of_deliveries_and_counts(person: Person, engine: Engine) -> None:
    before = rows.count(engine)
    assert person.erase() == Counts(
        sessions=3,
        conversations=3,
        messages=before["messages"],
        numbers=2,
        links=2,
    )
    assert rows.count(engine) == {
        "sessions": 0,
        "addresses": 0,
        "conversations": 0,
        "messages": 0,
        "deliveries": before["deliveries"],
    }
    with engine.connect() as connection:
        assert connection.execute(select(ProofRecord.session_id, ProofRecord.shown)).all() == [(None, None)] * 3
        assert connection.scalars(select(CodeRecord.code)).all() == [None] * 3
        assert connection.scalars(select(TokenRecord.hash)).all() == []


@databases.both
def test_words_in_the_index_go_too(person: Person, client: FlaskClient, engine: Engine) -> None:
    client.post("/chat", json={"phone": OTHER, "message": "hello"})
    person.services.indexing.catch_up(10)
    with engine.connect() as connection:
        newest = connection.scalars(select(func.max(ConversationRecord.id))).one()
        assert len(set(connection.scalars(select(WordRecord.conversation_id)))) > 1
    person.erase()
    with engine.connect() as connection:
        assert set(connection.scalars(select(WordRecord.conversation_id))) == {newest}


@databases.both
def test_a_number_begins_anew_and_an_erased_delivery_has_no_effect(
    person: Person, client: FlaskClient, engine: Engine
) -> None:
    person.erase()
    again = client.post("/chat", json={"phone": PHONE, "message": "hello", "id": f"{DELIVERY}-0"})
    assert again.status_code == 404
    assert rows.count(engine)["messages"] == 0
    fresh = client.post("/chat", json={"phone": PHONE, "message": "hello"})
    assert fresh.json["session_id"] not in person.session_ids
    assert fresh.json["reply"] == "What is your name?"


def test_row_numbers_are_not_given_out_again(person: Person, client: FlaskClient, engine: Engine) -> None:
    """Whoever still holds the row of an erased conversation would write into that of somebody else."""
    with engine.connect() as connection:
        before = max(connection.scalars(select(ConversationRecord.id)))
    person.erase()
    client.post("/chat", json={"phone": OTHER, "message": "hello"})
    with engine.connect() as connection:
        assert min(connection.scalars(select(ConversationRecord.id))) > before


def test_the_log_of_the_database_is_empty_afterwards(person: Person, settings: Settings) -> None:
    wal = Path(f"{settings.database.removeprefix('sqlite:///')}-wal")
    assert wal.stat().st_size > 0
    person.erase()
    assert wal.stat().st_size == 0


def test_a_reader_of_an_older_state_is_not_hurried(
    person: Person, settings: Settings, app: Flask, clock: Clock, services: Services
) -> None:
    """The log is emptied by a later look around, once the reader has gone."""
    wal = Path(f"{settings.database.removeprefix('sqlite:///')}-wal")
    with rows.foreign(settings) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM messages").fetchone()
        person.erase()
        assert reader.execute("SELECT count(*) FROM messages").fetchone()[0] > 0
        assert wal.stat().st_size > 0
        reader.execute("ROLLBACK")
    services.housekeeping.go_round()
    assert wal.stat().st_size == 0


def test_an_older_backup_of_the_database_opens_no_more(
    person: Person, settings: Settings, services: Services, clock: Clock, tmp_path: Path
) -> None:
    database = Path(settings.database.removeprefix("sqlite:///"))
    assert NAME in str(services.sessions.show(person.session_ids[0]))
    with rows.foreign(settings) as other:
        other.execute(f"VACUUM INTO '{tmp_path / 'backup.sqlite3'}'")
    person.erase()
    elsewhere = make_settings(data_dir=shutil.copytree(settings.data_dir, tmp_path / "restored"))
    for leftover in elsewhere.data_dir.glob(f"{database.name}*"):
        leftover.unlink()
    shutil.copy(tmp_path / "backup.sqlite3", elsewhere.data_dir / database.name)
    with running_app(elsewhere, clock) as restored:
        there = restored.extensions["chatterkeep"]
        assert len(there.rights.sessions_of(parse_phone(PHONE, "US"))) == 1
        for session_id in person.session_ids:
            assert there.rights.counts(session_id).sessions == 1
            with pytest.raises(NotFound):
                there.sessions.show(session_id)


def test_keys_that_could_not_be_destroyed_at_once_are_destroyed_later(
    person: Person, settings: Settings, services: Services, engine: Engine
) -> None:
    """As after a kill between the two writes."""
    with closing(sqlite3.connect(settings.data_dir / "shares.sqlite3", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            person.erase()
        stranger.execute("ROLLBACK")
    with engine.connect() as connection:
        [left] = connection.scalars(select(DoomedKeyRecord.session_id))
    assert left in _with_share(settings)
    services.housekeeping.go_round()
    assert left not in _with_share(settings)
    with engine.connect() as connection:
        assert list(connection.scalars(select(DoomedKeyRecord.session_id))) == []


def _with_share(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.data_dir / "shares.sqlite3")) as shares:
        return [session_id for (session_id,) in shares.execute("SELECT session_id FROM key_shares")]
