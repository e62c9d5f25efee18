"""The other half of each data key, kept apart from the database, so that destroying it reaches every older backup.

A backup of the database holds what the key file opens, but not this store: it is backed up by itself, and only its
newest copy is kept. On SQLite it is the file `shares.sqlite3` beside the database, made when it is first needed; on
PostgreSQL a table of its own, which a dump can leave out.
"""

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, bindparam, create_engine, delete, event, func, select, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import LargeBinary, String

from chatterkeep.storage.db import Database, engine_options
from chatterkeep.storage.gate import PATIENCE
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import Base, SessionRecord
from chatterkeep.storage.statements import Statement

FILE: Final = "shares.sqlite3"
"""Its name beside SQLite's file."""

LOOK: Final = 1.0
"""Seconds between two looks at whether another process has destroyed a share."""

SPLIT: Final = b"\2"
"""How the data key of a session begins that has a share."""

_MICROS: Final = 1_000_000
_TOGETHER: Final = 500


class ShareRecord(Base):
    """The half of a session's data key that is destroyed to erase it. On SQLite it lies in a file of its own."""

    __tablename__ = "key_shares"

    session_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    share: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]


class ForgettingRecord(Base):
    """How often shares were destroyed: by this, other processes learn that a key they hold may be gone."""

    __tablename__ = "key_forgettings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    times: Mapped[int]


APART: Final = frozenset({ShareRecord.__tablename__, ForgettingRecord.__tablename__})
"""The tables that SQLite keeps in the other file; in its main one they stay empty."""

_ADD: Final = Statement(
    text(
        "INSERT INTO key_shares (session_id, share, created_at) VALUES (:session_id, :share, :created_at)"
        " ON CONFLICT (session_id) DO NOTHING"
    )
)
_GET: Final = Statement(select(ShareRecord.share).where(ShareRecord.session_id == bindparam("session_id")))
_DROP: Final = Statement(delete(ShareRecord).where(ShareRecord.session_id == bindparam("session_id")))
_COUNT_ON: Final = Statement(
    text(
        "INSERT INTO key_forgettings (id, times) VALUES (1, 1)"
        " ON CONFLICT (id) DO UPDATE SET times = key_forgettings.times + 1 RETURNING times"
    )
)
_TIMES: Final = Statement(select(ForgettingRecord.times))
_NEXT: Final = Statement(
    select(ShareRecord.session_id)
    .where(ShareRecord.session_id > bindparam("after"), ShareRecord.created_at < bindparam("before"))
    .order_by(ShareRecord.session_id)
    .limit(bindparam("limit"))
)


class Shares:
    """The store of shares that belongs to a database. It has connections of its own, for those that hold one already.

    All raise StoreBusy when the store cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = Database(_engine(database.engine))
        self._is_ready = not self._database.is_sqlite
        self._looking = threading.Lock()
        self._next_look = 0.0
        self._epoch = 0
        event.listen(database.engine, "engine_disposed", lambda _: self._database.close())

    @property
    def engine(self) -> Engine:
        """The engine of the store itself, for copying all of it."""
        self._make_ready()
        return self._database.engine

    def add(self, sessions: Sequence[str]) -> Mapping[str, bytes]:
        """Return a share for each session (by public id), a new one where there was none, once they are on disk."""
        self._make_ready()
        now = int(time.time() * _MICROS)
        rows = [{"session_id": session, "share": os.urandom(32), "created_at": now} for session in sessions]

        def store(connection: Connection) -> Mapping[str, bytes]:
            _ADD.each(connection, rows)
            return {session: share for session in sessions if (share := _share(connection, session))}

        return self._database.together(store)

    def get(self, session: str) -> bytes | None:
        """Return the share of a session; None where it never had one, and once it was destroyed."""
        self._make_ready()
        with self._database.read() as connection:
            return _share(connection, session)

    def forget(self, sessions: Sequence[str]) -> int:
        """Destroy shares, so that their bytes are in no file; return how many there were. Again does no harm."""
        self._make_ready()
        with self._database.write() as connection:
            gone = sum(_DROP.count(connection, session_id=session) for session in sessions)
            if gone:
                self._epoch = _COUNT_ON.key(connection)
        self._database.empty_log(PATIENCE)
        return gone

    def epoch(self) -> int:
        """Return a number that changes when shares are destroyed, here at once, in other processes within a second."""
        if time.monotonic() >= self._next_look and self._looking.acquire(blocking=False):
            try:
                self._make_ready()
                with self._database.read() as connection:
                    row = _TIMES.one(connection)
                self._epoch = row[0] if row else 0
                self._next_look = time.monotonic() + LOOK
            finally:
                self._looking.release()
        return self._epoch

    def orphans(self, connection: Connection, before: datetime) -> Iterator[list[str]]:
        """Yield shares from before a moment that belong to no session (their public ids), a few hundred at a time.

        A share is stored before its session, which may then not come to be; so the moment must lie well back.
        """
        self._make_ready()
        last = ""
        while True:
            with self._database.read() as apart:
                found = [row[0] for row in _NEXT.all(apart, after=last, before=to_micros(before), limit=_TOGETHER)]
            if not found:
                return
            known = set(connection.scalars(select(SessionRecord.public_id).where(SessionRecord.public_id.in_(found))))
            yield [session for session in found if session not in known]
            last = found[-1]

    def missing(self, connection: Connection) -> Iterator[list[str]]:
        """Yield sessions (by public id) whose data key is split, and whose share is not here, a few at a time."""
        self._make_ready()
        kind = func.substr(SessionRecord.data_key, 1, 1, type_=LargeBinary)
        split = select(SessionRecord.id, SessionRecord.public_id).where(kind == SPLIT).order_by(SessionRecord.id)
        after = 0
        while found := connection.execute(split.where(SessionRecord.id > after).limit(_TOGETHER)).all():
            of_these = select(ShareRecord.session_id).where(ShareRecord.session_id.in_([row[1] for row in found]))
            with self._database.read() as apart:
                known = set(apart.scalars(of_these))
            yield [session for _, session in found if session not in known]
            after = found[-1][0]

    def _make_ready(self) -> None:
        """Make SQLite's file when it is first needed. PostgreSQL's tables come with the others."""
        if self._is_ready:
            return
        with self._database.write() as connection:
            Base.metadata.create_all(connection, [Base.metadata.tables[name] for name in APART])
        self._is_ready = True


def _engine(engine: Engine) -> Engine:
    options = engine_options(engine.url.render_as_string())
    if engine.dialect.name == "sqlite":
        path = engine.url.database
        url = engine.url.set(database=str(Path(path).with_name(FILE))) if path else engine.url
        return create_engine(url, **options)
    return create_engine(engine.url, **options | {"pool_size": 5, "max_overflow": 5})


def _share(connection: Connection, session: str) -> bytes | None:
    row = _GET.one(connection, session_id=session)
    return bytes(row[0]) if row else None
