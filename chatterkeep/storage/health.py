"""Looks at the database from outside: does it answer, are its tables the ones this code knows, do our keys open it."""

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from limits.storage import storage_from_string
from sqlalchemy import Connection, Row, Select, String, column, create_engine, func, inspect, select, table

from chatterkeep.domain.words import VERSION
from chatterkeep.storage import word_index
from chatterkeep.storage.crypto import CannotDecrypt, Forgotten, Vault
from chatterkeep.storage.db import Database, engine_options
from chatterkeep.storage.models import ConversationRecord, SessionRecord
from chatterkeep.storage.models_access import StaffRecord
from chatterkeep.storage.rotating import count_generations, count_split

_VERSION_TABLE: Final = "alembic_version"
_VERSION: Final = select(column("version_num", String)).select_from(table(_VERSION_TABLE))
_REVISION: Final = re.compile(r'^(revision|down_revision)\b.*?=\s*["\'](\w+)["\']', re.MULTILINE)


_SOME: Final = 3
_MANY: Final = 100

ORPHANED: Final = timedelta(days=1)
"""After so long without its session, a share belongs to nobody."""

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions of the tables that this code knows, and the newest, which it needs."""

    head: str
    known: frozenset[str]


def read_revisions(migrations: Path) -> Revisions:
    """Read the revisions from the text of the migration files: a web worker has no other use for Alembic.

    Raises ValueError where there is not exactly one newest.
    """
    found: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (migrations / "versions").glob("*.py"):
        for kind, revision in _REVISION.findall(file.read_text()):
            found[kind].add(revision)
    heads = found["revision"] - found["down_revision"]
    if len(heads) != 1:
        raise ValueError(f"{migrations} has {len(heads)} newest revisions, not one: {', '.join(sorted(heads))}")
    return Revisions(heads.pop(), frozenset(found["revision"]))


def stored_revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None where there are none yet."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(_VERSION)
    return revision


def newest_opens(connection: Connection, vault: Vault) -> bool:
    """Tell whether our keys open one of the newest sessions; True without any.

    Those that were erased have no share: one at this moment, or many that a backup has brought back.
    """
    found = [_opening(vault, row) for row in connection.execute(_newest(_SOME))]
    if not found or None in found:
        return True
    is_erased = any(isinstance(error, Forgotten) for error in found)
    return is_erased and any(_opening(vault, row) is None for row in connection.execute(_newest(_MANY)))


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """How many sessions have a split data key, and how many of these lack their share; how many shares belong to
    nobody; how many keys are whole.
    """

    split: int
    missing: int
    orphans: int
    whole: int


def read_shares(connection: Connection, vault: Vault, now: float) -> ShareFacts:
    """Compare the store of shares with the sessions. `now` in seconds since 1970."""
    generations = count_generations(connection)
    before = datetime.fromtimestamp(now, UTC) - ORPHANED
    return ShareFacts(
        split=count_split(generations),
        missing=sum(map(len, vault.forgotten(connection))),
        orphans=sum(map(len, vault.orphans(connection, before))),
        whole=generations.get(0, 0),
    )


def _newest(limit: int) -> Select[bytes, str]:
    return select(SessionRecord.data_key, SessionRecord.public_id).order_by(SessionRecord.id.desc()).limit(limit)


def _opening(vault: Vault, row: Row[bytes, str]) -> CannotDecrypt | None:
    try:
        vault.data_key(row[0], row[1])
    except CannotDecrypt as error:
        return error
    return None


def has_staff(connection: Connection) -> bool:
    """Tell whether there is an account that may sign in."""
    accounts = select(func.count()).select_from(StaffRecord).where(StaffRecord.disabled_at.is_(None))
    return bool(connection.scalar(accounts))


@dataclass(frozen=True, slots=True)
class SqliteFacts:
    """How SQLite keeps our file."""

    version: Version
    journal_mode: str
    synchronous: int


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """What a PostgreSQL server is, and what time it has."""

    version: Version
    now: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class WordFacts:
    """What is in the index of words: anything, made by the present rules, with so many conversations still to come."""

    any: bool
    current: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Content:
    """What is in our tables.

    `opens` and `shares` are None where there are no keys to try, `damage` where there is no way to look; else it is the
    first there is, or empty.
    """

    opens: bool | None
    shares: ShareFacts | None
    newest_message_at: datetime | None
    has_staff: bool
    words: WordFacts
    damage: str | None


def read_engine(connection: Connection) -> SqliteFacts | PostgresFacts:
    """Ask the database what it is."""
    if connection.dialect.name == "sqlite":
        return SqliteFacts(
            version=sqlite3.sqlite_version_info,
            journal_mode=str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()),
            synchronous=int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one()),
        )
    now, zone = connection.exec_driver_sql("SELECT clock_timestamp(), current_setting('TimeZone')").one()
    version = connection.dialect.server_version_info or ()
    return PostgresFacts(tuple(map(int, version)), now, zone)


def read_content(connection: Connection, vault: Vault | None, now: float) -> Content:
    """Look at what is stored. On SQLite this reads the whole file, looking for damage."""
    return Content(
        opens=newest_opens(connection, vault) if vault else None,
        shares=read_shares(connection, vault, now) if vault else None,
        newest_message_at=connection.scalar(select(func.max(ConversationRecord.last_message_at))),
        has_staff=has_staff(connection),
        words=_words(connection),
        damage=_damage(connection) if connection.dialect.name == "sqlite" else None,
    )


def _words(connection: Connection) -> WordFacts:
    current = word_index.is_current(connection, VERSION)
    return WordFacts(word_index.has_words(connection), current, word_index.count_waiting(connection))


def _damage(connection: Connection) -> str:
    said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if said != "ok":
        return said
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    return f"a row of {orphan[0]} belongs to a row of {orphan[2]} that does not exist" if orphan else ""


def open_database(url: str) -> Database:
    """Return a database without an application."""
    return Database(create_engine(url, **engine_options(url)))


def can_count(url: str) -> bool:
    """Tell whether the rate limits can be counted there."""
    try:
        return bool(storage_from_string(url, socket_connect_timeout=3).check())
    except Exception:  # whatever a client library raises, the answer is no
        return False
