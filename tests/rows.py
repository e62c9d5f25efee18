"""Looks at what is really stored, past the application."""

import sqlite3
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import Engine, func, select

from chatterkeep.settings import Settings
from chatterkeep.storage.models import (
    AddressRecord,
    Base,
    ConversationRecord,
    DeliveryRecord,
    MessageRecord,
    SessionRecord,
)

_OF_TURNS = (SessionRecord, AddressRecord, ConversationRecord, MessageRecord, DeliveryRecord)
Stored = dict[str, int]


def count(engine: Engine) -> Stored:
    """How many rows each table of conversations has."""
    with engine.connect() as connection:
        return {
            table.__tablename__: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _OF_TURNS
        }


def seqs(engine: Engine) -> dict[int, list[int]]:
    """The numbers of the messages of each conversation, in order."""
    found: dict[int, list[int]] = {}
    with engine.connect() as connection:
        rows = connection.execute(
            select(MessageRecord.conversation_id, MessageRecord.seq).order_by(
                MessageRecord.conversation_id, MessageRecord.seq
            )
        )
        for conversation, seq in rows:
            found.setdefault(conversation, []).append(seq)
    return found


def authors(engine: Engine) -> list[str]:
    """Who wrote each message, in order."""
    with engine.connect() as connection:
        order = (MessageRecord.conversation_id, MessageRecord.seq)
        return list(connection.scalars(select(MessageRecord.author).order_by(*order)))


def everything(settings: Settings) -> bytes:
    """All bytes of the database: the files of SQLite, the rows of PostgreSQL."""
    if not settings.database_url:
        files = (path for path in settings.data_dir.rglob("*") if path.is_file() and path != settings.keys)
        return b"\n".join(path.read_bytes() for path in files)
    with psycopg.connect(settings.database_url) as connection:
        return b"\n".join(_dump(connection, table.name) for table in Base.metadata.sorted_tables)


def foreign(settings: Settings) -> Any:
    """Another program's connection to the SQLite file."""
    path = settings.database.removeprefix("sqlite:///")
    return closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False))


def _dump(connection: "psycopg.Connection[Any]", table: str) -> bytes:
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
