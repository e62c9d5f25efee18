"""The replies that are written in this process: their text so far, in memory, and the calls that bring it."""

import threading
import time
from dataclasses import replace
from typing import Final

from chatterkeep.domain.basis import NOTHING, Basis
from chatterkeep.domain.replies import Claim, Reply, ReplyState
from chatterkeep.services.ports import Call
from chatterkeep.storage.replies import Stored

ROOM: Final = 2000
"""How many replies one process writes at the same time. Others wait, or another process takes them."""


class Live:
    """A reply that is being written here. One thread writes; any may read, and cancel."""

    def __init__(self, held: Claim) -> None:
        self.claim = held
        self.stored: Stored | None = None
        self.text = self.flushed = ""
        self.renewed = self._begun = time.monotonic()
        self.first_token_ms: int | None = None
        self.unwanted = self.stopping = False
        self._call: Call | None = None

    @property
    def basis(self) -> Basis:
        """What the text rests on so far."""
        return self._call.basis if self._call else NOTHING

    @property
    def acted(self) -> bool:
        """Whether something was done for this text that must not be done twice."""
        return self._call is not None and self._call.acted

    def add(self, piece: str) -> None:
        """Add a piece of text."""
        if self.first_token_ms is None:
            self.first_token_ms = round((time.monotonic() - self._begun) * 1000)
        self.text += piece if piece.isascii() else piece.encode("utf-8", "replace").decode()

    def begin_again(self, held: Claim) -> None:
        """Throw the text away and go on under a new fence."""
        self.text = self.flushed = ""
        self.claim = held  # last: no text of before may be read under the new fence

    def calling(self, call: Call) -> None:
        """Note the call that the text comes from."""
        self._call = call
        if self.unwanted:
            call.cancel()

    def stop(self) -> None:
        """Say that this text is to end here."""
        self.stopping = True
        self.cancel()

    def cancel(self) -> None:
        """Say that nobody waits for this text any more."""
        self.unwanted = True
        if self._call:
            self._call.cancel()


class Desk:
    """All replies that this process writes, by conversation: one at a time in each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lives: dict[int, Live] = {}

    def has_room(self) -> bool:
        """Tell whether this process can take on one more reply."""
        return len(self._lives) < ROOM

    def put(self, live: Live) -> None:
        """Add a reply; who wrote it here before is told to leave off."""
        with self._lock:
            before = self._lives.get(live.claim.conversation)
            self._lives[live.claim.conversation] = live
        if before:
            before.cancel()

    def remove(self, live: Live) -> None:
        """Take a reply away that is no longer written."""
        with self._lock:
            if self._lives.get(live.claim.conversation) is live:
                del self._lives[live.claim.conversation]

    def find(self, held: Claim) -> Live | None:
        """Return a reply that is written here, under this fence or a later one."""
        live = self._lives.get(held.conversation)
        return live if live and live.claim.row == held.row and live.claim.fence >= held.fence else None

    def as_it_stands(self, stored: Stored) -> Reply:
        """Return a reply with the text that is in memory, where it is written here, else as its row says."""
        live = self.find(stored.claim)
        if live is None or stored.reply.state.ended:
            return stored.reply
        return replace(stored.reply, state=ReplyState.WRITING, fence=live.claim.fence, text=live.text)

    def all(self) -> tuple[Live, ...]:
        """Return all of them, as they are now."""
        with self._lock:
            return tuple(self._lives.values())
