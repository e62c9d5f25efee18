"""Remembers, as keyed hashes, which values the settings had at the last start."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.models_ledger import SettingRecord

_LOCK: Final = select(func.pg_advisory_xact_lock(20250103))
_LENGTH: Final = 16

Marks = Mapping[str, bytes]


def mark(vault: Vault, name: str, value: str) -> bytes:
    """Return what stands for a value (16 bytes), by which nobody without the keys can tell or try it."""
    return vault.ledger(f"setting:{name}", value)[:_LENGTH]


def read(connection: Connection) -> Marks:
    """Return the marks of the last start."""
    rows = connection.execute(select(SettingRecord.name, SettingRecord.mark))
    return {row.name: row.mark for row in rows}


def read_alone(connection: Connection) -> Marks:
    """Return them in a write that no other start shares."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    return read(connection)


def replace(connection: Connection, marks: Marks) -> None:
    """Remember these, and no others."""
    connection.execute(delete(SettingRecord))
    connection.execute(insert(SettingRecord), [{"name": name, "mark": one} for name, one in marks.items()])
