"""Keeps the index of words: adds what was said, in the background and before a search, and builds it anew.

A turn does nothing for it. Every worker has a quiet thread that looks for messages which are not in the index yet; one
of them at a time works, and rests longer than it worked, so that those who talk do not notice.
"""

import logging
import time
from collections.abc import Iterator
from typing import Final

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.words import VERSION
from chatterkeep.services.rounds import Rounds
from chatterkeep.storage import word_index
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.exclusive import alone
from chatterkeep.storage.word_index import Standing, State
from chatterkeep.storage.words import Batch, add, read_waiting

log = logging.getLogger(__name__)

PERIOD: Final = 2.0
"""Seconds between two looks for messages that are not in the index."""

BATCH: Final = 200
"""How many messages the thread adds in one write: others wait for it some 10 ms."""

STEPS: Final = word_index.STEPS
"""How many steps it takes to empty the index."""

_LARGE_BATCH: Final = 2_000
_REST: Final = 9
"""How many times longer than a batch took the thread rests after it, while there is more to do."""


class Indexing:
    """The index of words; where search is off, nothing is added to it."""

    def __init__(self, database: Database, vault: Vault, *, on: bool) -> None:
        self._database = database
        self._vault = vault
        self._rounds = Rounds("indexing", self._step)
        self._last = 0
        self.on = on

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left, once closed."""
        return self._rounds.at_rest

    def start(self) -> None:
        """Begin to look for what is not in the index. Once is enough; more do no harm."""
        if self.on:
            self._rounds.start(PERIOD)

    def close(self) -> None:
        """End the thread after its present batch."""
        self._rounds.close()

    def is_current(self) -> bool:
        """Tell whether the words in the index were cut as those of a search are, and are not being taken out."""
        with self._database.read() as connection:
            return word_index.is_current(connection, VERSION)

    def waiting(self) -> int:
        """Return how many conversations hold messages that are not in the index: up to 1,000."""
        with self._database.read() as connection:
            return word_index.count_waiting(connection)

    def messages(self) -> int:
        """Return how many messages are not in the index."""
        with self._database.read() as connection:
            return word_index.count_messages(connection)

    def catch_up(self, seconds: float) -> None:
        """Add what is not in the index, for no longer than so many seconds. Raises StoreBusy."""
        end = time.monotonic() + seconds
        for _ in self.fill(BATCH):
            if time.monotonic() > end:
                return

    def fill(self, batch: int = _LARGE_BATCH) -> Iterator[int]:
        """Add all that is not in the index; yield how many messages each write was about. Raises StoreBusy.

        What another process adds meanwhile is not added twice.
        """
        last: int | None = 0
        while last is not None and self.on:
            added = self._add(last, batch)
            if added is None:
                return
            last = added.following
            yield added.messages

    def empty(self) -> Iterator[int]:
        """Take all words out of the index; yield after each of the steps. Raises StoreBusy."""
        yield from word_index.empty(self._database, VERSION)
        if not self.on:
            self.finish()

    def is_being_filled(self) -> bool:
        """Tell whether somebody began to build the index anew with the present rules, and did not end."""
        with self._database.read() as connection:
            return word_index.standing(connection) == Standing(VERSION, State.FILLING)

    def finish(self) -> None:
        """Note that the index is built."""
        with self._database.write() as connection:
            word_index.set_standing(connection, Standing(VERSION, State.READY))

    def _add(self, last: int, batch: int) -> Batch | None:
        """Add what waits in conversations after one; None where nothing may be added now."""
        with self._database.read() as connection:
            found = read_waiting(connection, self._vault, last, batch)
        if found.parts:
            with self._database.write() as connection:
                if add(connection, found) is None:
                    return None
        return found

    def _step(self) -> float:
        """Add some words, if it is for this process to do; return for how many seconds to rest.

        Each step begins where the one before ended: what cannot be opened waits, and is passed like everything else.
        """
        began, added = time.monotonic(), None
        try:
            with alone(self._database, "words") as is_mine:
                if is_mine:
                    added = self._add(self._last, BATCH)
        except StoreBusy:
            log.warning("words.not_indexed")
            return PERIOD
        except Exception:
            log.exception("words.not_indexed")
        following = added.following if added else None
        self._last = following or 0
        return PERIOD if following is None else (time.monotonic() - began) * _REST
