"""Follows the chain of the audit from seal to seal, and tells where it is broken.

Rows are read as they are, in the order in which they were stored, without trusting a single value of them.
"""

import hmac
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Row, select, type_coerce
from sqlalchemy.types import NullType

from chatterkeep.domain.audit import Fault, Head
from chatterkeep.storage.audit import FIRST, seal_of
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.models_ledger import AuditRecord

_COLUMNS: Final[tuple[Any, ...]] = (
    AuditRecord.id,
    AuditRecord.number,
    type_coerce(AuditRecord.seal, NullType()).label("seal"),
    type_coerce(AuditRecord.at, BigInteger).label("at"),
    AuditRecord.actor,
    AuditRecord.action,
    AuditRecord.subject,
    AuditRecord.detail,
    AuditRecord.request_id,
)
_RAW: Final = select(*_COLUMNS)
_SEALS: Final = select(*_COLUMNS[1:3])


def read_rows(connection: Connection, after: int, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` rows in the order in which they were stored, those after an id."""
    return connection.execute(_RAW.where(AuditRecord.id > after).order_by(AuditRecord.id).limit(limit)).all()


def last_rows(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Return the last rows in the order in which they were stored."""
    return connection.execute(_RAW.order_by(AuditRecord.id.desc()).limit(limit)).all()[::-1]


def last_head(connection: Connection) -> Head | None:
    """Return the newest entry that is sealed in its place, None where there is none."""
    return _head(connection.execute(_SEALS.order_by(AuditRecord.number.desc()).limit(1)).first())


def head_at(connection: Connection, number: int) -> Head | None:
    """Return the entry of that number with the seal that stands there; None where there is no seal."""
    return _head(connection.execute(_SEALS.where(AuditRecord.number == number)).first())


class Chain:
    """Takes the rows one after the other. It begins with the first one, or behind one that is taken on trust."""

    def __init__(self, vault: Vault, trusted: Row[Any] | None = None) -> None:
        self._vault = vault
        self._number = 0
        self._befores: tuple[bytes, ...] | None = (FIRST,)
        self._is_sealed = False
        self.entries = 0
        self.unsealed = 0
        self.head: Head | None = None
        if trusted is not None:
            self._number = trusted.number
            self._is_sealed = trusted.seal is not None
            self._befores = (_bytes(trusted.seal),) if self._is_sealed else (FIRST,)

    def take(self, row: Row[Any]) -> Fault | None:
        """Take the next row; return what is wrong with it, or with what should stand before it."""
        self.entries += 1
        misplaced = self._place(row.number)
        seal = row.seal
        if seal is None:
            return misplaced or self._take_unsealed(row.number)
        self._is_sealed = True
        self.head = Head(row.number, _bytes(seal).hex())
        fitting = [self._seal(row, before) for before in self._befores or ()]
        if self._befores is None or any(hmac.compare_digest(_bytes(seal), one) for one in fitting):
            self._befores = (_bytes(seal),)
            return misplaced
        # The row or its seal was changed: the next one was sealed behind one of these.
        self._befores = (_bytes(seal), *fitting)
        return misplaced or Fault(row.number, "was changed, or put in the place of another")

    def _place(self, number: Any) -> Fault | None:
        """Where a number is not the next one, what to seal behind is unknown, so the row itself proves nothing."""
        expected = self._number + 1
        if number == expected:
            self._number = number
            return None
        self._befores = None
        if not isinstance(number, int) or number < expected:
            return Fault(int(number) if isinstance(number, (int, float)) else 0, "stands in another place, or twice")
        self._number = number
        missing = "is missing" if number == expected + 1 else f"and those after it up to {number - 1} are missing"
        return Fault(expected, missing)

    def _take_unsealed(self, number: int) -> Fault | None:
        """Only what was there before there were seals has none."""
        if self._is_sealed:
            self._befores = None
            return Fault(number, "has no seal, though there is one before it")
        self.unsealed += 1
        self._befores = (FIRST,)
        return None

    def _seal(self, row: Row[Any], before: bytes) -> bytes:
        said = (row.number, row.at, row.actor, row.action, row.subject, row.detail, row.request_id)
        return seal_of(self._vault, before, *said)


def _head(row: Row[Any] | None) -> Head | None:
    return Head(row.number, _bytes(row.seal).hex()) if row and row.seal is not None else None


def _bytes(value: Any) -> bytes:
    """A seal as it stands there; of what cannot be one, nothing."""
    return bytes(value) if isinstance(value, (bytes, memoryview)) else b""
