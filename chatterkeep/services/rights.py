"""What a person may ask for: a copy of all that is kept of them, and its end. Whoever does it leaves a line."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.domain.dossier import Dossier, Format
from chatterkeep.domain.erasure import By, Counts, Holding, Receipt, is_loss
from chatterkeep.domain.errors import NotFound, StoreBusy
from chatterkeep.domain.export import Filed, write
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.services.desk import Desk
from chatterkeep.services.feed import Feed
from chatterkeep.services.remains import Remains
from chatterkeep.storage import audit
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.doomed import doomed, redeemed
from chatterkeep.storage.dossier import read_dossier, read_part, read_text
from chatterkeep.storage.erasing import (
    add_receipt,
    count_belongings,
    erase_sessions,
    find_holding,
    find_receipt,
    find_row,
    sessions_of_number,
)
from chatterkeep.storage.rotating import count_generations, count_split

log = logging.getLogger(__name__)

PART: Final = 200
"""How many messages of an export are in memory at a time."""

_LARGEST_PIECE: Final = 32 * 1024
_PATIENCE: Final = 1.0
"""Seconds that an erasure waits for readers who look at an older state of the database."""


class SharesLost(Exception):
    """The store of shares is not the one that belongs to this database; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file to take along: its name, and its text, piece by piece."""

    name: str
    pieces: Iterator[str]


@dataclass(frozen=True, slots=True)
class Wish:
    """That a session be erased: by whom, and the id that its receipt is to have.

    Whoever asks chooses the id, so that the same wish again, after a lost answer, finds the receipt of the first.
    """

    session_id: str
    receipt_id: str
    by: By
    actor: Actor


class Rights:
    """Hands out what is kept of a session, and erases it."""

    def __init__(self, database: Database, vault: Vault, feed: Feed, desk: Desk, remains: Remains) -> None:
        self._database = database
        self._vault = vault
        self._feed = feed
        self._desk = desk
        self._remains = remains

    def export(self, session_id: str, kind: Format, actor: Actor, now: datetime) -> Export:
        """Return all that is kept of a session as a file. The messages are read while it is written.

        Raises NotFound or StoreBusy; both may also come between two pieces.
        """
        with self._database.read() as connection:
            dossier = read_dossier(connection, self._vault, session_id, now)
        with self._database.write() as connection:
            entry = Entry(actor, Action.EXPORTED, session_id, f"{dossier.messages} messages as {kind}", now)
            audit.add(connection, self._vault, entry)
        pieces = write(kind, dossier, self._lines(dossier), self._files(dossier))
        return Export(dossier.file_name(kind), _gathered(pieces))

    def counts(self, session_id: str) -> Counts:
        """Return how much there is of a session. Raises NotFound."""
        with self._database.read() as connection:
            row = find_row(connection, session_id)
            if row is None:
                raise NotFound("session")
            return count_belongings(connection, [row])

    def holding(self, session_id: str) -> Holding | None:
        """Return what is kept of a session, and whose it is; None if there is nothing."""
        with self._database.read() as connection:
            return find_holding(connection, session_id)

    def sessions_of(self, phone: PhoneNumber, *, proved_only: bool = False) -> tuple[str, ...]:
        """Return the ids of the sessions of a number, and of those of visitors who typed it, unless `proved_only`."""
        with self._database.read() as connection:
            return tuple(sessions_of_number(connection, self._vault, phone, proved_only=proved_only))

    def forgotten(self) -> tuple[str, ...]:
        """Return the ids of the sessions whose share of the key was destroyed, and which a backup has brought back.

        Raises SharesLost where so many lack it that nobody can have erased them.
        """
        with self._database.read() as connection:
            session_ids = tuple(session for some in self._vault.forgotten(connection) for session in some)
            total = count_split(count_generations(connection))
        if is_loss(len(session_ids), total):
            raise SharesLost(
                f"{len(session_ids):,} of {total:,} sessions have no share of their key. That looks like a store of"
                " shares that was left behind. Bring back its newest copy; what was erased all the same, erase by id."
            )
        return session_ids

    def receipt(self, receipt_id: str) -> Receipt:
        """Return a receipt. Raises NotFound."""
        with self._database.read() as connection:
            found = find_receipt(connection, receipt_id)
        if found is None:
            raise NotFound("receipt")
        return found

    def is_receipt(self, receipt_id: str) -> bool:
        """Tell whether there is a receipt of this id."""
        with self._database.read() as connection:
            return find_receipt(connection, receipt_id) is not None

    def erase(self, wish: Wish, now: datetime) -> Receipt:
        """Erase a session with all that belongs to it; one that was erased before gives its receipt again.

        All goes in one transaction, or nothing does. Raises NotFound or StoreBusy.
        """
        with self._database.write() as connection:
            row = find_row(connection, wish.session_id)
            known = find_receipt(connection, wish.receipt_id)
            if row is not None:
                receipt_id = wish.receipt_id if known is None else str(uuid.uuid4())
                receipt = Receipt(receipt_id, now, wish.by, count_belongings(connection, [row]))
                erase_sessions(connection, self._vault, [row])
                add_receipt(connection, receipt)
                entry = Entry(wish.actor, Action.ERASED, wish.session_id, str(receipt.counts), now)
                audit.add(connection, self._vault, entry)
        if row is not None:
            self._let_go(row)
        self.destroy_keys()
        self.empty_log()
        if row is not None:
            return receipt
        if known is None:
            raise NotFound("session")
        return known

    def forget(self, session_ids: Sequence[str]) -> None:
        """Destroy what is left of the keys of sessions that are not there, and of what else was erased."""
        self._vault.forget(*session_ids)
        self.destroy_keys()
        self.empty_log()

    def destroy_keys(self) -> None:
        """Destroy what would open erased sessions in an older copy of the database, and the bytes of erased files.

        Once more does no harm.
        """
        with self._database.read() as connection:
            session_ids = doomed(connection)
        if session_ids:
            self._vault.forget(*session_ids)
            with self._database.write() as connection:
                redeemed(connection, session_ids)
        self._remains.remove()

    def empty_log(self) -> None:
        """See to it that the database's log holds nothing of what was erased. Else the next look around does."""
        try:
            done = self._database.empty_log(_PATIENCE)
        except StoreBusy:
            done = False
        if not done:
            log.warning("erasure.log_not_emptied")

    def _let_go(self, row: int) -> None:
        """End what this process does for a session that is gone; others find out by themselves."""
        for live in self._desk.all():
            if live.claim.session == row:
                live.cancel()
        self._feed.tell(row)

    def _lines(self, dossier: Dossier) -> Iterator[Line]:
        """The messages up to the end of the dossier; fewer where somebody erased them meanwhile."""
        after = Position()
        while after < dossier.end:
            try:
                with self._database.read() as connection:
                    lines = read_part(connection, self._vault, dossier.session_id, after, PART)
            except NotFound:
                return
            yield from (line for line in lines if line.position <= dossier.end)
            if len(lines) < PART:
                return
            after = lines[-1].position

    def _files(self, dossier: Dossier) -> Iterator[Filed]:
        """The files with their texts, of which one at a time is in memory."""
        for attached in dossier.files:
            try:
                with self._database.read() as connection:
                    text = read_text(connection, self._vault, dossier.session_id, attached.file_id)
            except NotFound:
                return
            if text is not None:
                yield attached, text


def _gathered(pieces: Iterator[str]) -> Iterator[str]:
    """Put small pieces together: each costs a packet."""
    gathered, size = [], 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= _LARGEST_PIECE:
            yield "".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield "".join(gathered)
