"""The audit: every sensitive action leaves a line, before whoever acts is answered."""

from datetime import datetime

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.storage import audit
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database


class Audit:
    """Writes and reads the audit. Nothing changes or removes an entry."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def record(self, actor: Actor, action: Action, subject: str, detail: str, now: datetime) -> None:
        """Add an entry. `subject` is a name or a public id, `detail` a few words: never a number or a message.

        Raises StoreBusy; then the action must not go on unseen.
        """
        with self._database.write() as connection:
            audit.add(connection, self._vault, Entry(actor, action, subject, detail, now))

    def newest(self, limit: int) -> tuple[Entry, ...]:
        """Return the last entries, newest first."""
        with self._database.read() as connection:
            return audit.newest(connection, limit)
