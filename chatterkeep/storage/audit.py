"""Keeps the audit: entries are added, and read, and nothing else.

They are chained: each entry is sealed with a keyed hash of itself and of the seal before it, under a key that is not
in the database. Who changes, removes or reorders one cannot make the seals after it fit again;
storage/audit_chain.py finds the place.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, insert, select

from chatterkeep.domain.audit import Action, Actor, Entry, Sought, Stored
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models_ledger import AuditRecord

MARK: Final = "audited"
"""What a write that adds entries leaves on its connection: whether they are the first ones of all."""

FIRST: Final = bytes(32)
"""What stands in place of a seal before the first entry."""

_LOCK: Final = select(func.pg_advisory_xact_lock(20250102))
_LAST: Final = select(AuditRecord.number, AuditRecord.seal).order_by(AuditRecord.number.desc()).limit(1)


def add(connection: Connection, vault: Vault, entry: Entry) -> None:
    """Add one entry behind the last one. Others who add one wait until this write ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    last = connection.execute(_LAST).first()
    number, before = (last.number + 1, last.seal or FIRST) if last else (1, FIRST)
    connection.info[MARK] = number == 1 or connection.info.get(MARK, False)
    connection.execute(
        insert(AuditRecord).values(
            number=number,
            seal=seal(vault, number, entry, before),
            at=entry.at,
            actor=entry.actor.name,
            action=entry.action.value,
            subject=entry.subject,
            detail=entry.detail,
            request_id=entry.actor.request_id,
        )
    )


def seal(vault: Vault, number: int, entry: Entry, before: bytes) -> bytes:
    """Return the keyed hash (32 bytes) of an entry in its place behind another one."""
    said = (entry.actor.name, entry.action.value, entry.subject, entry.detail, entry.actor.request_id)
    return seal_of(vault, before, number, to_micros(entry.at), *said)


def seal_of(vault: Vault, before: bytes, *said: Any) -> bytes:
    """Return the seal of what stands in a row: its number, time, actor, action, subject, detail and request.

    Whatever stands there: who changed a row may have put anything into it.
    """
    return vault.ledger("audit", json.dumps([before.hex(), *said], default=repr))


def find(connection: Connection, sought: Sought, limit: int, before: int | None = None) -> list[Stored]:
    """Return up to `limit` entries, newest first, those below a number if one is given."""
    query = select(AuditRecord.__table__).where(*_conditions(sought)).order_by(AuditRecord.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRecord.number < before)
    return [Stored(row.number, entry_of(row)) for row in connection.execute(query)]


def find_later(connection: Connection, sought: Sought, limit: int, after: int) -> list[Stored]:
    """Return up to `limit` entries, newest first: those that come right after a number."""
    query = select(AuditRecord.__table__).where(*_conditions(sought), AuditRecord.number > after)
    rows = connection.execute(query.order_by(AuditRecord.number).limit(limit)).all()
    return [Stored(row.number, entry_of(row)) for row in reversed(rows)]


def entry_of(row: Any) -> Entry:
    """Return the entry that a row holds."""
    return Entry(Actor(row.actor, row.request_id), Action(row.action), row.subject, row.detail, row.at)


def _conditions(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.actor is not None:
        yield AuditRecord.actor == sought.actor
    if sought.action is not None:
        yield AuditRecord.action == sought.action.value
    if sought.since is not None:
        yield AuditRecord.at >= sought.since
    if sought.until is not None:
        yield AuditRecord.at < sought.until
