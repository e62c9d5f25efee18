"""Wakes those who wait for news of a session, whichever process the news is made in.

What this process writes wakes its readers at once. What others write is found by one look at the database for all
readers, a few times a second and only while somebody waits.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.errors import RateLimited, StoreBusy
from chatterkeep.domain.transcript import Position
from chatterkeep.storage.changes import Signs, signs
from chatterkeep.storage.db import Database
from chatterkeep.storage.links import still_good

log = logging.getLogger(__name__)

PERIOD: Final = 0.25
"""Seconds between two looks at the database."""

BREATH: Final = 0.025
"""Seconds between two times that a reader wakes: tokens come faster than anybody reads, and each costs a packet."""

MOST_READERS: Final = 20
"""How many may wait for news of one session in one process: each holds a connection open."""

CHECK: Final = 2.0
"""Seconds between two looks at whether those who wait still may."""

_LATELY: Final = timedelta(seconds=5)


class Reader:
    """Somebody who waits for news of one session, and notes in `position` up to where it knows all messages.

    `token` is the hash of the token it came with, if any; `ended` says that this, or the session, is gone.
    """

    __slots__ = ("_closing", "_due", "_growth", "_news", "_woken", "ended", "position", "token")

    def __init__(self, closing: threading.Event, token: bytes | None = None) -> None:
        self.token = token
        self.ended = False
        self._woken = threading.Event()
        self._closing = closing
        self._due = 0.0
        self._news = True
        self._growth = False
        self.position = Position()

    @property
    def closing(self) -> bool:
        """Tell whether this process is about to end: say good-bye, so that the client comes back to another."""
        return self._closing.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for a change, and a BREATH after the last one. Returns False where none came in time."""
        came = self._woken.wait(seconds)
        if came:
            early = self._due - time.monotonic()
            if early > 0:
                time.sleep(early)
            self._due = time.monotonic() + BREATH
        self._woken.clear()
        return came

    def changes(self) -> tuple[bool, bool]:
        """Return what has changed since this was asked last: (anything but a reply's text, a text that is written)."""
        news, growth = self._news, self._growth
        if news:  # what was false may become true meanwhile, and must stay so
            self._news = False
        if growth:
            self._growth = False
        return news, growth

    def wake(self, *, growth_only: bool = False) -> None:
        """Say that something changed; `growth_only` where that is but the text of a reply that is being written."""
        if growth_only:
            self._growth = True
        else:
            self._news = True
        self._woken.set()


class Feed:
    """All readers of this process."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._readers: defaultdict[int, set[Reader]] = defaultdict(set)
        self._seen = Signs(frozenset(), frozenset())
        self._closing = threading.Event()
        self._watching = False

    @contextmanager
    def reading(self, session: int, token: bytes | None = None) -> Iterator[Reader]:
        """Wait for news of a session (row) inside the block. Raises RateLimited for one reader too many.

        With the hash of a token, for as long as that is good: the reader is woken when it has `ended`.
        """
        reader = Reader(self._closing, token)
        with self._lock:
            if len(self._readers.get(session, ())) >= MOST_READERS:
                raise RateLimited(f"{MOST_READERS} open connections for one session", MOST_READERS, 5)
            self._readers[session].add(reader)
            starts, self._watching = not self._watching, True
        if starts:
            threading.Thread(target=self._watch, name="feed", daemon=True).start()
        try:
            yield reader
        finally:
            with self._lock:
                self._readers[session].discard(reader)
                if not self._readers[session]:
                    del self._readers[session]

    def tell(self, session: int, *, growth_only: bool = False) -> None:
        """Wake the readers of a session; `growth_only` where a reply that is being written has grown, and no more."""
        for reader in tuple(self._readers.get(session, ())):
            reader.wake(growth_only=growth_only)

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left, once closed."""
        return not self._watching

    def close(self) -> None:
        """Wake all readers for good: this process is about to end."""
        self._closing.set()  # without the lock: a signal may come to whoever holds it
        self._wake_all()

    def _watch(self) -> None:
        blind, checked = False, time.monotonic()
        while not self._closing.wait(PERIOD):
            with self._lock:
                if not self._readers:
                    self._watching = False
                    return
            try:
                with self._database.read() as connection:
                    found = signs(connection, self._clock() - _LATELY)
                if time.monotonic() - checked >= CHECK:
                    self._end_those_who_may_not()
                    checked = time.monotonic()
            except Exception as error:
                if not isinstance(error, StoreBusy):
                    log.exception("feed.look_failed")
                blind = True
                continue
            if blind:  # what happened meanwhile may be too old for a look to find
                self._wake_all()
                blind = False
            self._tell_of(found)
        self._watching = False

    def _end_those_who_may_not(self) -> None:
        with self._lock:
            readers = {session: tuple(readers) for session, readers in self._readers.items()}
        tokens = {reader.token for some in readers.values() for reader in some if reader.token}
        with self._database.read() as connection:
            sessions, good = still_good(connection, readers, tokens, self._clock())
        for session, some in readers.items():
            for reader in some:
                if session not in sessions or (reader.token and reader.token not in good):
                    reader.ended = True
                    reader.wake()

    def _wake_all(self) -> None:
        for readers in tuple(self._readers.values()):
            for reader in tuple(readers):
                reader.wake()

    def _tell_of(self, found: Signs) -> None:
        """Wake whom the new signs are news to: most are of what this process wrote, and told of at once."""
        for session, number, seq, _ in found.conversations - self._seen.conversations:
            for reader in tuple(self._readers.get(session, ())):
                if reader.position < Position(number, seq):
                    reader.wake()
        for session, *_ in found.replies - self._seen.replies:
            self.tell(session, growth_only=True)
        self._seen = found
