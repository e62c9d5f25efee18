"""Counters of the rate limits in a small file that the worker processes map into memory and share.

They are worth nothing after a crash, so nothing is ever synced. The file is a table of fixed size: a key's digest
chooses a bucket of eight slots, and in a full bucket the slot that ends soonest gives way. A hit costs some
microseconds, where a database would take as long as storing the message itself.
"""

import errno
import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Final

from limits.storage import Storage

from chatterkeep.storage.gate import lock_until

PATIENCE: Final = 0.5
"""Seconds that a count waits for others: each is done in microseconds, unless its process stands still."""

SCHEMES: Final = ["shared"]
_SLOT: Final = struct.Struct("<16sQd")
_WAYS: Final = 8
_BUCKETS: Final = 1 << 14
_BUCKET: Final = _WAYS * _SLOT.size
_SIZE: Final = _BUCKETS * _BUCKET


class SharedStorage(Storage):
    """A storage of the `limits` package (https://limits.readthedocs.io) for fixed windows: `shared:///path`."""

    STORAGE_SCHEME = SCHEMES
    clock = staticmethod(time.time)

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._path = Path(uri.removeprefix("shared://"))
        self._lock = threading.Lock()
        self._process = 0
        self._descriptor = -1
        self._table: mmap.mmap | None = None

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the file raises when it cannot be used."""
        return OSError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count and return the sum of the window, which starts with its first hit and lasts `expiry` seconds."""
        return self.incr_many([(key, expiry)], amount)[0]

    def incr_many(self, windows: Sequence[tuple[str, float]], amount: int = 1) -> list[int]:
        """Count in several windows, each a key and its length in seconds, and return their sums."""
        now = self.clock()
        digests = [(_digest(key), expiry) for key, expiry in windows]
        with self._locked() as table:
            return [_add(table, digest, amount, now, expiry) for digest, expiry in digests]

    def get(self, key: str) -> int:
        """Return the sum of the running window."""
        hits, expires = self._window(key)
        return hits if expires > self.clock() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, in seconds since 1970."""
        return self._window(key)[1] or self.clock()

    def check(self) -> bool:
        """Tell whether the file can be used."""
        with self._locked() as table:
            return len(table) == _SIZE

    def reset(self) -> int:
        """Forget all counts; return how many there were."""
        with self._locked() as table:
            used = [key for key, _, _ in _SLOT.iter_unpack(table) if key != bytes(16)]
            table[:] = bytes(_SIZE)
        return len(used)

    def clear(self, key: str) -> None:
        """Forget one count."""
        digest = _digest(key)
        with self._locked() as table:
            offset = _find(table, digest)
            if offset is not None:
                table[offset : offset + _SLOT.size] = bytes(_SLOT.size)

    def _window(self, key: str) -> tuple[int, float]:
        """The hits of a key and when they end to count; nothing, and never, for one that is not there."""
        digest = _digest(key)
        with self._locked() as table:
            offset = _find(table, digest)
            return (0, 0.0) if offset is None else _SLOT.unpack_from(table, offset)[1:]

    @contextmanager
    def _locked(self) -> Iterator[mmap.mmap]:
        deadline = time.monotonic() + PATIENCE
        if not self._lock.acquire(timeout=PATIENCE):
            raise _stuck()
        try:
            table = self._table if self._table is not None and self._process == os.getpid() else self._opened()
            if not lock_until(deadline, self._descriptor):
                raise _stuck()
            try:
                yield table
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def _opened(self) -> mmap.mmap:
        """Open the file in this very process: a forked child would share its parent's lock."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, _SIZE)
        self._table, self._process = mmap.mmap(self._descriptor, _SIZE), os.getpid()
        return self._table


def _stuck() -> OSError:
    return OSError(errno.EWOULDBLOCK, "another process does not let go of the counters")


def _digest(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=16).digest()


def _add(table: mmap.mmap, digest: bytes, amount: int, now: float, expiry: float) -> int:
    offset = _find(table, digest)
    if offset is not None:
        _, hits, expires = _SLOT.unpack_from(table, offset)
        if expires > now:
            total: int = max(0, hits + amount)
            _SLOT.pack_into(table, offset, digest, total, expires)
            return total
    count = max(0, amount)
    _SLOT.pack_into(table, _soonest(table, digest) if offset is None else offset, digest, count, now + expiry)
    return count


def _start(digest: bytes) -> int:
    return int.from_bytes(digest[:4], "little") % _BUCKETS * _BUCKET


def _find(table: mmap.mmap, digest: bytes) -> int | None:
    start = _start(digest)
    offset = table.find(digest, start, start + _BUCKET)
    return offset if offset >= 0 and (offset - start) % _SLOT.size == 0 else None


def _soonest(table: mmap.mmap, digest: bytes) -> int:
    """The slot that a new key may take: a free one before one that still counts for somebody."""
    start = _start(digest)
    return min(range(start, start + _BUCKET, _SLOT.size), key=lambda offset: _SLOT.unpack_from(table, offset)[2])
