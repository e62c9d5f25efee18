"""Finds messages by words, for staff. Every search leaves its line in the audit, without what was searched for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.domain.search import Hits, Mark, Query
from chatterkeep.domain.words import VERSION
from chatterkeep.services.indexing import Indexing
from chatterkeep.storage import audit
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.search import find_hits
from chatterkeep.storage.word_index import count_waiting, is_current

PAGE: Final = 50
"""How many messages a page shows."""

PATIENCE: Final = 0.25
"""Seconds that a search spends on adding what was said just before it to the index."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. So many conversations are not wholly in the index yet, up to 1,000: there may be more in them.

    `current` is False while the index is to be built anew, and holds words that cannot be found.
    """

    hits: Hits
    waiting: int
    current: bool


class Search:
    """Searches what was said, notes between staff too."""

    def __init__(self, database: Database, vault: Vault, indexing: Indexing) -> None:
        self._database = database
        self._vault = vault
        self._indexing = indexing

    @property
    def on(self) -> bool:
        """Tell whether there is an index to search."""
        return self._indexing.on

    def find(self, query: Query, before: Mark | None, reader: Actor, now: datetime, limit: int = PAGE) -> Found:
        """Return a part of what is found, newest first. All that was said before is in it, or it tells what is not.

        Raises StoreBusy.
        """
        if self._indexing.waiting():
            self._indexing.catch_up(PATIENCE)
        with self._database.read() as connection:
            hits = find_hits(connection, self._vault, query, before, limit)
            found = Found(hits, count_waiting(connection), is_current(connection, VERSION))
        count = len(query.wanted) + len(query.unwanted)
        detail = f"{count} word{'s' if count != 1 else ''} or phrases, {len(found.hits.hits)} shown"
        with self._database.write() as connection:
            audit.add(connection, self._vault, Entry(reader, Action.SEARCHED, "", detail, now))
        return found
