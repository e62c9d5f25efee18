"""Wakes those who wait for news of a session, whichever process the news is made in.

What this process writes wakes its readers at once. What others write is found by one look at the database for all
readers, a few times a second and only while somebody waits.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.storage.changes import Sign, signs
from chatterkeep.storage.db import Database

log = logging.getLogger(__name__)

PERIOD: Final = 0.25
"""Seconds between two looks at the database."""

_LATELY: Final = timedelta(seconds=5)


class Reader:
    """Somebody who waits for news of one session."""

    __slots__ = ("_closing", "_woken", "has_news")

    def __init__(self, closing: threading.Event) -> None:
        self._woken = threading.Event()
        self._closing = closing
        self.has_news = True
        """Whether more has changed than the text of a reply that is written in this process."""

    @property
    def closing(self) -> bool:
        """Tell whether this process is about to end: say good-bye, so that the client comes back to another."""
        return self._closing.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for a change. Returns False where none came in time."""
        came = self._woken.wait(seconds)
        self._woken.clear()
        return came

    def wake(self, *, growth_only: bool = False) -> None:
        """Say that something changed."""
        if not growth_only:
            self.has_news = True
        self._woken.set()


class Feed:
    """All readers of this process."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._readers: defaultdict[int, set[Reader]] = defaultdict(set)
        self._seen: set[Sign] = set()
        self._closing = threading.Event()
        self._watching = False

    @contextmanager
    def reading(self, session: int) -> Iterator[Reader]:
        """Wait for news of a session (row) inside the block."""
        reader = Reader(self._closing)
        with self._lock:
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
        """Wake the readers of a session; `growth_only` where a reply that is written here has grown, and no more."""
        for reader in tuple(self._readers.get(session, ())):
            reader.wake(growth_only=growth_only)

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left, once closed."""
        return not self._watching

    def close(self) -> None:
        """Wake all readers for good: this process is about to end."""
        self._closing.set()
        with self._lock:
            for reader in [reader for readers in self._readers.values() for reader in readers]:
                reader.wake()

    def _watch(self) -> None:
        while not self._closing.wait(PERIOD):
            with self._lock:
                if not self._readers:
                    self._watching = False
                    return
            try:
                with self._database.read() as connection:
                    found = signs(connection, self._clock() - _LATELY)
            except StoreBusy:
                continue  # the next look finds all that this one would have
            except Exception:
                log.exception("feed.look_failed")
                continue
            for sign in found - self._seen:
                self.tell(sign.session)
            self._seen = found
        self._watching = False
