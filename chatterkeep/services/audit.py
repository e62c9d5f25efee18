"""The audit: every sensitive action leaves a line, before whoever acts is answered."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from chatterkeep.domain.audit import Action, Actor, Entry, Fault, Head, Slice, Sought, Stored, Verified
from chatterkeep.storage import audit
from chatterkeep.storage.audit_chain import Chain, last_head, read_rows
from chatterkeep.storage.audit_note import Note, UnusableNote
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database

PAGE: Final = 50
"""How many entries a page shows."""

TOLD: Final = 100
"""How many faults are told one by one, those of neighbours as one."""

_PART: Final = 1000
_ANY: Final = Sought()


class Audit:
    """Writes, reads and verifies the audit. Nothing changes or removes an entry."""

    def __init__(self, database: Database, vault: Vault, note: Note | None = None) -> None:
        self._database = database
        self._vault = vault
        self._note = note
        if note:
            database.after(audit.MARK, lambda begins: note.move_on(database, begins=begins))

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
        self.record(reader, Action.AUDIT_EXPORTED, "", ", ".join(sought.in_use), now)
        return self._parts(sought)

    def accept(self, actor: Actor, now: datetime) -> Head | None:
        """Note the audit as it ends now, whatever was noted before, and return its head. That is an entry too."""
        noted, problem = self._noted()
        said = f"entry {noted.number} was noted" if noted else problem
        self.record(actor, Action.AUDIT_ACCEPTED, "", said, now)
        with self._database.read() as connection:
            head = last_head(connection)
        if head and self._note:
            self._note.put(head)
        return head

    def verify(self, expected: Head | None = None) -> Verified:
        """Follow the chain from its first entry to its last, in parts.

        The entry that this machine noted must be there, and so must a head that was noted elsewhere: else the end was
        cut off, or all was written anew.
        """
        noted, problem = self._noted()
        missed = {head for head in (noted, expected) if head}
        chain, faults, last = Chain(self._vault), _Faults(), 0
        while True:
            with self._database.read() as connection:
                rows = read_rows(connection, last, _PART)
            for row in rows:
                faults.add(chain.take(row))
                missed.discard(chain.head)
            if len(rows) < _PART:
                break
            last = rows[-1].id
        for head in sorted(missed, key=lambda head: head.number):
            faults.add(Fault(head.number, "is not there with the seal that was noted"))
        if problem and chain.entries:
            faults.add(Fault(chain.entries, f"may not be the last one: {problem}"))
        return Verified(chain.entries, chain.unsealed, chain.head, tuple(faults.told), faults.count, noted)

    def _noted(self) -> tuple[Head | None, str]:
        """What this machine noted as the newest entry, and what is wrong with that note."""
        if self._note is None:
            return None, ""
        try:
            noted = self._note.read()
        except UnusableNote as error:
            return None, str(error)
        return noted, "" if noted else f"there is no note at {self._note.file}"

    def _parts(self, sought: Sought) -> Iterator[Stored]:
        before: int | None = None
        while True:
            with self._database.read() as connection:
                part = audit.find(connection, sought, _PART, before)
            yield from part
            if len(part) < _PART:
                return
            before = part[-1].number


class _Faults:
    """Counts faults, and keeps the first ones. Those of entries one after the other are one: they have one cause."""

    def __init__(self) -> None:
        self.count = 0
        self.told: list[Fault] = []

    def add(self, fault: Fault | None) -> None:
        if fault is None:
            return
        self.count += 1
        if self.told and fault.continues(self.told[-1]):
            self.told[-1] = replace(self.told[-1], more=self.told[-1].more + 1)
        elif len(self.told) < TOLD:
            self.told.append(fault)
