"""Keeps the audit: entries are added, and read, and nothing else.

They are chained: each entry is sealed with a keyed hash of itself and of the seal before it, under a key that is not
in the database. Who changes, removes or reorders one cannot make the seals after it fit again.
"""

import json
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models_ledger import AuditRecord

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
    return vault.ledger("audit", json.dumps([before.hex(), number, to_micros(entry.at), *said]))


def newest(connection: Connection, limit: int) -> tuple[Entry, ...]:
    """Return the last entries, newest first."""
    query = select(AuditRecord.__table__).order_by(AuditRecord.number.desc()).limit(limit)
    return tuple(entry_of(row) for row in connection.execute(query))


def entry_of(row: Any) -> Entry:
    """Return the entry that a row holds."""
    return Entry(Actor(row.actor, row.request_id), Action(row.action), row.subject, row.detail, row.at)
