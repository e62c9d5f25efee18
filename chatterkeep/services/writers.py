"""Writes generated replies inside this process: each in a thread of its own, kept alive and flushed by one other."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from chatterkeep.domain.answers import PASSING, Failure, NoAnswer, Patience, Unwanted
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.messages import Kind
from chatterkeep.domain.replies import MOST_CLAIMS, Claim, ReplyState
from chatterkeep.services.author import Author, Pens
from chatterkeep.services.desk import Desk, Live
from chatterkeep.services.feed import Feed
from chatterkeep.services.keeper import Keeper
from chatterkeep.services.matters import matter_of
from chatterkeep.services.measures import FIRST_TOKEN, REPLIES
from chatterkeep.services.ports import Call
from chatterkeep.services.retry_after import pause_after
from chatterkeep.services.rounds import Rounds
from chatterkeep.storage.claims import Lost, at_work, begin_again, bury, claim, claimable, give_up, release
from chatterkeep.storage.crypto import CannotDecrypt, Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.endings import Ending, end, failed, stopped
from chatterkeep.storage.presence import Presence
from chatterkeep.storage.replies import Stored, reply_of

log = logging.getLogger(__name__)

SWEEP: Final = 1.0
"""Seconds between two looks for replies that nobody writes."""

TRIES: Final = 2
"""How often a provider is asked for one reply."""


class Writers:
    """The writers of this process. `pens` tells who has the words."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        pens: Pens,
        feed: Feed,
        presence: Presence,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._vault = vault
        self._pens = pens
        self._authors = pens.author
        self._feed = feed
        self._presence = presence
        self._clock = clock
        self._closing = threading.Event()
        self._retiring = False
        self._sweeps = Rounds("sweeper", self._round)
        self._prepared = False
        self.desk = Desk()
        self._keeper = Keeper(database, self.desk, clock)

    @property
    def name(self) -> str | None:
        """The name under which this process claims replies; None where it can take on no more now."""
        return self._presence.name if self.desk.has_room() and not self._retiring else None

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left, once closed."""
        return not (self.desk.all() or self._keeper.running) and self._sweeps.at_rest

    def begin(self, held: Claim) -> None:
        """Write a reply that this process has claimed."""
        live = Live(held)
        self.desk.put(live)
        self._feed.tell(held.session)
        try:
            threading.Thread(target=self._write, args=(live,), name="writer", daemon=True).start()
        except RuntimeError:
            log.exception("reply.not_begun")  # its lease runs out, and it is taken over
            self.desk.remove(live)
            return
        self._keeper.start()
        self.start()

    def prepare(self) -> None:
        """Load what the first answer would have to wait for."""
        if self._authors:
            self._authors.prepare()

    def start(self) -> None:
        """Begin to look for replies that nobody writes. Once is enough; more do no harm."""
        self._sweeps.start(0)

    def retire(self) -> None:
        """Take on no more replies: this process is about to end, and would begin what another must begin again."""
        self._retiring = True

    def close(self) -> None:
        """Give all replies back: this process ends, and others shall go on at once."""
        self.retire()
        lives = self.desk.all()  # before any of them learns of it and leaves
        self._closing.set()
        self._sweeps.close()
        try:
            with self._database.write() as connection:
                release(connection, [live.claim for live in lives])
        except StoreBusy:
            log.warning("replies.not_released")  # their leases run out by themselves
        for live in lives:
            live.cancel()
        if self._authors:
            self._authors.close()
        self._presence.end()

    def sweep(self) -> int:
        """Take over replies that nobody writes; return how many."""
        now = self._clock()
        self._bury_the_dead(now)
        with self._database.read() as connection:
            found = claimable(connection, now)
        name = self.name if found else None
        if not name:
            return 0
        with self._database.write() as connection:
            taken = claim(connection, found, name, now)
        for held in taken:
            self.begin(held)
        return len(taken)

    def _bury_the_dead(self, now: datetime) -> None:
        """End the leases of processes of this machine that are gone: nobody need wait for them to run out."""
        with self._database.read() as connection:
            names = at_work(connection, now)
        for gone in filter(self._presence.is_gone, names):
            with self._database.write() as connection:
                bury(connection, gone)

    def _round(self) -> float:
        try:
            if not self._prepared:
                self._prepared = True
                self.prepare()
            self.sweep()
        except StoreBusy:
            log.warning("replies.sweep_failed")
        except Exception:
            log.exception("replies.sweep_failed")
        return SWEEP

    def _write(self, live: Live) -> None:
        try:
            stored = self._read(live.claim)
            if stored and stored.claim.fence == live.claim.fence:
                live.stored = stored
                self._end(live, stored, self._written_or_stopped(live, stored))
        except (Unwanted, Lost):
            log.debug("reply.given_up")
        except StoreBusy:
            log.warning("reply.not_stored")  # its lease runs out, and it is written again
        except Exception:
            log.exception("reply.broken")
        finally:
            self.desk.remove(live)
            self._feed.tell(live.claim.session)

    def _read(self, held: Claim) -> Stored | None:
        """Return what is to be answered; None where nobody can read it, and the reply has ended with that."""
        stored = None
        try:
            with self._database.read() as connection:
                stored = reply_of(connection, self._vault, held)
        except CannotDecrypt:
            if held.claims <= MOST_CLAIMS:  # the key may be on its way
                raise
        if stored is None:
            with self._database.write() as connection:
                give_up(connection, held, self._clock())
        return stored

    def _written_or_stopped(self, live: Live, stored: Stored) -> Ending:
        try:
            return self._written(live, stored)
        except Unwanted:
            if live.stopping:
                return stopped(live.text, live.basis)
            raise

    def _written(self, live: Live, stored: Stored) -> Ending:
        authors = self._authors
        if authors is None or live.claim.claims > MOST_CLAIMS:
            return failed(Failure.BROKEN)
        begun, patience, tries = time.monotonic(), authors.patience, 0
        while True:
            tries += 1
            left = patience.total - (time.monotonic() - begun)
            try:
                return self._answered(authors, live, stored, Patience(patience.first, patience.between, left))
            except NoAnswer as error:
                log.warning("reply.failed", extra={"problem": str(error), "count": tries})
                pause = pause_after(error.retry_after, tries)
                if tries == TRIES or live.acted or error.failure not in PASSING or pause > left / 2:
                    return self._instead(live, stored, error.failure)
                self._closing.wait(pause)
                self._start_anew(live)

    def _answered(self, authors: Author, live: Live, stored: Stored, patience: Patience) -> Ending:
        call = Call(patience)
        live.calling(call)
        for piece in authors.write(matter_of(self._database, stored), call):
            live.add(piece)
            self._feed.tell(live.claim.session, growth_only=True)
        return Ending(
            ReplyState.DONE,
            Kind.ANSWER,
            live.text,
            usage=call.usage,
            first_token_ms=live.first_token_ms,
            basis=call.basis,
        )

    def _instead(self, live: Live, stored: Stored, failure: Failure) -> Ending:
        """Say what documents say, where the author failed; where that is nothing, an honest sentence."""
        ending = None if live.acted else self._pens.instead(matter_of(self._database, stored))
        if ending is None:
            return failed(failure, live.first_token_ms, live.basis)
        self._start_anew(live)
        live.add(ending.text)
        return ending

    def _start_anew(self, live: Live) -> None:
        if live.unwanted or self._closing.is_set():
            raise Unwanted
        if live.text:
            with self._database.write() as connection:
                live.begin_again(begin_again(connection, live.claim, self._clock()))
            self._feed.tell(live.claim.session)

    def _end(self, live: Live, stored: Stored, ending: Ending) -> None:
        now = self._clock()
        name = self.name
        ended = self._database.together(lambda connection: end(connection, live.claim, stored.where, ending, name, now))
        REPLIES.labels(ending.state.value).inc()
        if live.first_token_ms is not None:
            FIRST_TOKEN.observe(live.first_token_ms / 1000)
        if ended.following:
            self.begin(ended.following)
