"""The gate before SQLite: threads (or greenlets) queue on a lock, processes on a lock file.

The file is only ever tried, never waited for inside the kernel, which would freeze a whole gevent worker.
"""

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from chatterkeep.domain.errors import StoreBusy

PATIENCE: Final = 5.0
"""How long a writer waits for its turn before it gives up, in seconds."""

_PAUSE: Final = 0.0005


class Turnstile:
    """A lock for threads and greenlets that is handed on in the order in which they came.

    One of `threading` goes to whoever is awake, which is often the one that has just released it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def acquire(self, timeout: float) -> bool:
        """Wait up to so many seconds for the turn; tell whether it came."""
        turn = threading.Lock()
        turn.acquire()
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            self._waiting.append(turn)
        try:
            return turn.acquire(timeout=timeout) or not self._withdraw(turn)
        except BaseException:  # a greenlet can be ended while it waits
            if not self._withdraw(turn):
                self.release()
            raise

    def _withdraw(self, turn: threading.Lock) -> bool:
        """Wait no longer; tell whether that was in time, before the turn came."""
        with self._lock, suppress(ValueError):
            self._waiting.remove(turn)
            return True
        return False

    def release(self) -> None:
        """Hand the turn on to whoever waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class Gate:
    """Lets one writer at a time through, of all the threads and processes that use one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = Turnstile()
        self._opened: tuple[int, int] = (0, -1)

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Wait for the turn and have it until the block ends. Raises StoreBusy after PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        if not self._turn.acquire(timeout=PATIENCE):
            raise StoreBusy
        try:
            descriptor = self._descriptor()
            if not lock_until(deadline, descriptor):
                raise StoreBusy
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._turn.release()

    def _descriptor(self) -> int:
        """The lock file, opened by this very process: a forked child would share its parent's lock."""
        pid, descriptor = self._opened
        if pid != os.getpid():
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._opened = (os.getpid(), descriptor)
        return descriptor


def lock_until(deadline: float, descriptor: int) -> bool:
    """Lock a file for this process, trying until a time of `time.monotonic`; tell whether it is locked."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True
