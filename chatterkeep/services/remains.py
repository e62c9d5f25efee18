"""What is left of files: blobs whose rows are gone, blobs and parts that never had one, files that were never sent."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from chatterkeep.storage.blobs import Blobs
from chatterkeep.storage.db import Database
from chatterkeep.storage.files import blobs_removed, count_unsent, doomed_blobs, known_blobs, remove_unsent

log = logging.getLogger(__name__)

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
        """Remove the blobs whose rows are gone; return how many there were. Raises StoreBusy.

        One that cannot be removed stays noted for the next time, and stands in nobody's way.
        """
        removed, last = 0, ""
        while True:
            with self._database.read() as connection:
                doomed = doomed_blobs(connection, last, _TOGETHER)
            if not doomed:
                return removed
            last, gone = doomed[-1], self._gone(doomed)
            removed += sum(gone.values())
            with self._database.write() as connection:
                blobs_removed(connection, list(gone))

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
        orphans = sum(sum(self._gone(some).values()) for some in self._orphans())
        return Swept(unsent, orphans)

    def _gone(self, blobs: Sequence[str]) -> Mapping[str, bool]:
        """Remove blobs; return those that are not there now, and for each whether it was before."""
        gone = {}
        for blob in blobs:
            try:
                gone[blob] = self._blobs.remove(blob)
            except OSError as error:
                log.warning("files.not_removed", extra={"problem": error.strerror})
        return gone

    def _orphans(self) -> Iterator[list[str]]:
        """Yield what is old enough and has no row, some at a time."""
        names = self._blobs.older_than(ORPHANED.total_seconds())
        while some := list(islice(names, _TOGETHER)):
            with self._database.read() as connection:
                known = known_blobs(connection, some)
            yield [name for name in some if name not in known]
