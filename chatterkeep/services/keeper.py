"""Shows life for all replies that this process writes, and stores their text so far, in one transaction for all."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.replies import LEASE, Claim
from chatterkeep.services.desk import Desk, Live
from chatterkeep.storage.claims import Flush, fences, flush, sealed
from chatterkeep.storage.db import Database

log = logging.getLogger(__name__)

PERIOD: Final = 0.4
"""Seconds between two flushes: so much text a killed process loses, so long a stop from elsewhere takes to be heard."""

TOGETHER: Final = 200
"""How many replies are flushed in one transaction: others wait for it."""


class Keeper:
    """Flushes while there is anything to flush."""

    def __init__(self, database: Database, desk: Desk, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._lock = threading.Lock()
        self.running = False

    def start(self) -> None:
        """See to it that the replies on the desk are kept."""
        with self._lock:
            starts, self.running = not self.running, True
        if starts:
            threading.Thread(target=self._run, name="keeper", daemon=True).start()

    def keep(self) -> None:
        """Store what is new, renew leases, and tell the writers that were stopped elsewhere. Raises StoreBusy."""
        lives = [live for live in self._desk.all() if live.stored]
        due = [live for live in lives if live.text != live.flushed or _is_old(live)]
        for start in range(0, len(due), TOGETHER):
            self._flush(due[start : start + TOGETHER])
        with self._database.read() as connection:
            held = fences(connection)
        for live in lives:
            fence, stopping = held.get(live.claim.row, (None, False))
            if fence is None or fence > live.claim.fence:  # a lower one is but an older picture
                live.cancel()
            elif stopping and fence == live.claim.fence:
                live.stop()

    def _flush(self, lives: list[Live]) -> None:
        taken = [(live, live.claim, live.text) for live in lives]
        rows = [_row(live, held, text) for live, held, text in taken]
        with self._database.write() as connection:
            flush(connection, rows, self._clock())
        for live, held, text in taken:
            if live.claim is held:
                live.flushed, live.renewed = text, time.monotonic()

    def _run(self) -> None:
        while True:
            time.sleep(PERIOD)
            try:
                self.keep()
            except StoreBusy:
                log.warning("replies.not_flushed")
            except Exception:
                log.exception("replies.not_flushed")
            with self._lock:
                self.running = bool(self._desk.all())
                if not self.running:
                    return


def _row(live: Live, held: Claim, text: str) -> Flush:
    partial = None
    if live.stored and text != live.flushed:
        partial = sealed(live.stored.where.data_key, held.reply_id, text)
    return Flush(held.row, held.fence, partial)


def _is_old(live: Live) -> bool:
    return time.monotonic() - live.renewed > LEASE.total_seconds() / 3
