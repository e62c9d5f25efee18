"""The audit: every sensitive action leaves a line, before whoever acts is answered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from chatterkeep.domain.audit import Action, Actor, Entry, Fault, Head, Slice, Sought, Stored, Verified
from chatterkeep.storage import audit
from chatterkeep.storage.audit_chain import Chain, read_rows
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database

PAGE: Final = 50
"""How many entries a page shows."""

TOLD: Final = 100
"""How many faults are told one by one."""

_PART: Final = 1000
_ANY: Final = Sought()


class Audit:
    """Writes, reads and verifies the audit. Nothing changes or removes an entry."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def record(self, actor: Actor, action: Action, subject: str, detail: str, now: datetime) -> None:
        """Add an entry. `subject` is a name or a public id, `detail` a few words: never a number or a message.

        Raises StoreBusy; then the action must not go on unseen.
        """
        with self._database.write() as connection:
            audit.add(connection, self._vault, Entry(actor, action, subject, detail, now))

    def newest(self, limit: int, sought: Sought = _ANY) -> tuple[Entry, ...]:
        """Return the last entries of those that are sought, newest first."""
        with self._database.read() as connection:
            return tuple(stored.entry for stored in audit.find(connection, sought, limit))

    def browse(self, sought: Sought, reader: Actor, now: datetime, *, before: int | None, after: int | None) -> Slice:
        """Return a page of entries, newest first: the newest, or those next to a number. The look is an entry too."""
        with self._database.read() as connection:
            later = audit.find_later(connection, sought, PAGE + 1, after) if after is not None else []
            if len(later) > PAGE:
                page = Slice(tuple(later[1:]), older=True, newer=True)
            else:  # the first page, and full
                found = audit.find(connection, sought, PAGE + 1, before)
                page = Slice(tuple(found[:PAGE]), older=len(found) > PAGE, newer=before is not None)
        self.record(reader, Action.AUDIT_READ, "", ", ".join(sought.in_use), now)
        return page

    def export(self, sought: Sought, reader: Actor, now: datetime) -> Iterator[Stored]:
        """Return all entries that are sought, newest first, read in parts. That they were taken is an entry too."""
        self.record(reader, Action.EXPORTED, "audit", ", ".join(sought.in_use), now)
        return self._parts(sought)

    def verify(self, expected: Head | None = None) -> Verified:
        """Follow the chain from its first entry to its last, in parts.

        With a head that was noted before, that entry must still be there: else its end was cut off.
        """
        chain, faults, found, last = Chain(self._vault), list[Fault](), 0, 0
        missed = expected
        while True:
            with self._database.read() as connection:
                rows = read_rows(connection, last, _PART)
            for row in rows:
                fault = chain.take(row)
                if chain.head == missed:
                    missed = None
                found += fault is not None
                if fault and len(faults) < TOLD:
                    faults.append(fault)
            if len(rows) < _PART:
                break
            last = rows[-1].id
        if missed:
            found += 1
            faults.append(Fault(missed.number, "is not there with the seal that was noted"))
        return Verified(chain.entries, chain.unsealed, chain.head, tuple(faults), found)

    def _parts(self, sought: Sought) -> Iterator[Stored]:
        before: int | None = None
        while True:
            with self._database.read() as connection:
                part = audit.find(connection, sought, _PART, before)
            yield from part
            if len(part) < _PART:
                return
            before = part[-1].number
