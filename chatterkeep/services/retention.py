"""How long what people wrote is kept, and its end: in small steps, each done for good, by any number of processes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.audit import SERVER, Action, Actor, Entry
from chatterkeep.domain.erasure import Counts
from chatterkeep.domain.proofs import ATTEMPTS_KEPT
from chatterkeep.services.rights import Rights
from chatterkeep.storage import audit
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.expiry import (
    count_expired,
    look_for_empty,
    remove_empty,
    remove_ended_tokens,
    remove_expired,
    remove_old_attempts,
)

_UNREACHABLE_AFTER: Final = timedelta(days=1)


class Retention:
    """Removes what is too old. `period` is how long a conversation is kept after its last message; None: for ever."""

    def __init__(self, database: Database, vault: Vault, rights: Rights, period: timedelta) -> None:
        self._database = database
        self._vault = vault
        self._rights = rights
        self.period = period or None

    def due(self, older_than: timedelta, now: datetime) -> Counts:
        """Count what a purge would remove."""
        with self._database.read() as connection:
            return count_expired(connection, now - older_than)

    def purge(self, older_than: timedelta, actor: Actor, now: datetime) -> Iterator[Counts]:
        """Remove conversations without a message for so long, and sessions left without any; yield each step's counts.

        Interrupted at any point, it goes on when it is called again. Raises StoreBusy.
        """
        before, some = now - older_than, False
        while True:
            with self._database.write() as connection:
                removed = remove_expired(connection, self._vault, before)
                if removed:
                    audit.add(connection, self._vault, _entry(removed, actor, now))
            if not removed:
                break
            some = True
            self._rights.destroy_keys()
            yield removed
        for counts in self._without_empty(before, actor, now, keeping=False):
            some = True
            yield counts
        if some:
            self._rights.empty_log()

    def tidy(self, now: datetime) -> Iterator[Counts]:
        """Remove what serves nobody any more: sessions out of reach, ended links, attempts that no longer count."""
        with self._database.write() as connection:
            remove_old_attempts(connection, now - ATTEMPTS_KEPT)
        while True:
            with self._database.write() as connection:
                ended = remove_ended_tokens(connection, now)
            if not ended:
                break
            yield Counts(links=ended)
        self._rights.destroy_keys()
        yield from self._without_empty(now - _UNREACHABLE_AFTER, SERVER, now, keeping=True)

    def _without_empty(self, before: datetime, actor: Actor, now: datetime, *, keeping: bool) -> Iterator[Counts]:
        """Walk through all sessions in small steps: one look at them all would hold everybody else up."""
        last: int | None = 0
        while last is not None:
            with self._database.read() as connection:
                rows, last = look_for_empty(connection, last, before, keeping)
            if not rows:
                continue
            with self._database.write() as connection:
                removed = remove_empty(connection, self._vault, rows, before, keeping)
                if removed:
                    audit.add(connection, self._vault, _entry(removed, actor, now))
            self._rights.destroy_keys()
            yield removed


def _entry(removed: Counts, actor: Actor, now: datetime) -> Entry:
    return Entry(actor, Action.PURGED, "", str(removed), now)
