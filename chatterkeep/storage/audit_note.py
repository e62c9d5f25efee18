"""The newest entry of the audit, noted in a file beside the database, so that a cut-off end is missed.

Whoever owns the database can take entries off its end, or all seals off, and nothing in it tells. The note does: it is
outside, made after each entry, and bears a seal of its own under the ledger key, so that nobody without that key can
write one for an earlier entry. Each machine notes the newest entry that it wrote or saw.
"""

import hmac
import logging
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from chatterkeep.domain.audit import Head
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.storage.audit_chain import head_at, last_head
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.gate import lock_until

log = logging.getLogger(__name__)

_PATIENCE: Final = 1.0
"""Seconds that the note waits for its turn; where it does not come, the next entry is noted."""


class UnusableNote(Exception):
    """The file holds no note of ours, or cannot be read."""


class Note:
    """The note in a file. All processes of a machine share it; it only ever moves on, but for `put`."""

    def __init__(self, file: Path, vault: Vault) -> None:
        self.file = file
        self._vault = vault

    def read(self) -> Head | None:
        """Return the entry that was noted, None where nothing was. Raises UnusableNote."""
        try:
            written = self.file.read_text()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise UnusableNote(f"{self.file} cannot be read: {type(error).__name__}.") from error
        head, _, seal = written.strip().rpartition(":")
        number, _, of_entry = head.partition(":")
        if not (number.isdecimal() and hmac.compare_digest(seal.encode(), self._seal(head).encode())):
            raise UnusableNote(f"{self.file} was changed, or was made with other keys.")
        return Head(int(number), of_entry)

    def move_on(self, database: Database, *, begins: bool) -> None:
        """Note the newest entry there is, if the one that was noted is still there.

        Where nothing was noted, only a new audit `begins` a note: a note that was removed must be missed. The entry
        itself is stored already, so what goes wrong here is logged.
        """
        try:
            noted = self.read()
            with database.read() as connection:
                head = last_head(connection)
                is_there = noted is None or head_at(connection, noted.number) == noted
            if not is_there:
                log.error("audit.end_is_missing")
            elif head and (noted or begins):
                self._write(head, forced=False)
        except (OSError, StoreBusy, UnusableNote) as error:
            log.error("audit.not_noted", exc_info=error)

    def put(self, head: Head) -> None:
        """Note this entry, whatever was noted before. Raises StoreBusy."""
        self._write(head, forced=True)

    def _write(self, head: Head, *, forced: bool) -> None:
        draft = self.file.with_name(f".{self.file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{head}:{self._seal(str(head))}\n")
                file.flush()
                os.fsync(file.fileno())
            self._replace(draft, head, forced=forced)
        finally:
            draft.unlink(missing_ok=True)

    def _replace(self, draft: Path, head: Head, *, forced: bool) -> None:
        """Put a draft in the place of the note, unless that moved on already. Raises StoreBusy."""
        folder = os.open(self.file.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            # never waiting in the lock itself: who holds it may be another greenlet of this very process
            if not lock_until(time.monotonic() + _PATIENCE, folder):
                raise StoreBusy
            noted = None
            with suppress(UnusableNote):
                noted = self.read()
            if forced or noted is None or noted.number < head.number:
                draft.replace(self.file)
        finally:
            os.close(folder)

    def _seal(self, head: str) -> str:
        return self._vault.ledger("audit note", head).hex()
