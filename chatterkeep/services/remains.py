"""What is left of files: blobs whose rows are gone, blobs and parts that never had one, files that were never sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from chatterkeep.storage.blobs import Blobs
from chatterkeep.storage.db import Database
from chatterkeep.storage.files import blobs_removed, count_unsent, doomed_blobs, known_blobs, remove_unsent

UNSENT: Final = timedelta(hours=24)
"""How long a file waits to be sent with a message."""

ORPHANED: Final = timedelta(hours=1)
"""After how long a blob without a row is nobody's: far longer than the way from the one to the other."""

_TOGETHER: Final = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was removed, or would be: files that were never sent, and blobs that no row names."""

    unsent: int
    orphans: int


class Remains:
    """Removes them. Several processes at it do the work of one, and once more does no harm."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def remove(self) -> int:
        """Remove the blobs whose rows are gone; return how many there were. Raises StoreBusy."""
        removed = 0
        while True:
            with self._database.read() as connection:
                doomed = doomed_blobs(connection, _TOGETHER)
            if not doomed:
                return removed
            removed += sum(map(self._blobs.remove, doomed))
            with self._database.write() as connection:
                blobs_removed(connection, doomed)

    def look(self, now: datetime) -> Swept:
        """Count what a sweep would remove. Raises StoreBusy."""
        with self._database.read() as connection:
            unsent = count_unsent(connection, now - UNSENT)
        return Swept(unsent, sum(map(len, self._orphans())))

    def sweep(self, now: datetime) -> Swept:
        """Remove files that were never sent, and what no row names. Raises StoreBusy."""
        unsent = 0
        while True:
            with self._database.write() as connection:
                removed = remove_unsent(connection, now - UNSENT, _TOGETHER)
            unsent += removed
            if removed < _TOGETHER:
                break
        self.remove()
        orphans = sum(sum(map(self._blobs.remove, some)) for some in self._orphans())
        return Swept(unsent, orphans)

    def _orphans(self) -> Iterator[list[str]]:
        """Yield what is old enough and has no row, some at a time."""
        names = self._blobs.older_than(ORPHANED.total_seconds())
        while some := list(islice(names, _TOGETHER)):
            with self._database.read() as connection:
                known = known_blobs(connection, some)
            yield [name for name in some if name not in known]
