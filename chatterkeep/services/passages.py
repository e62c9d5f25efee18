"""Finds the passages of documents that an answer may rest on."""

import time
from contextlib import suppress
from typing import Final

from chatterkeep.domain.documents import Found
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.storage.db import Database
from chatterkeep.storage.knowledge import knowledge
from chatterkeep.storage.passage_search import find_passages

MOST: Final = 4
"""How many passages an answer rests on at most."""

_REMEMBERED: Final = 2.0
"""Seconds for which it is remembered whether there are documents, also those that another process adds."""


class Passages:
    """Looks for passages. `relevance` is the part of a question (0 to 1) that a passage must hold to answer it."""

    def __init__(self, database: Database, relevance: float) -> None:
        self._database = database
        self._relevance = relevance
        self._any = False
        self._looked = -_REMEMBERED

    def answering(self, question: str) -> list[Found]:
        """Return the passages that answer a question by themselves, the best first; often none. Raises StoreBusy."""
        return [one for one in self.helping(question) if one.cover >= self._relevance]

    def helping(self, question: str) -> list[Found]:
        """Return those that may help somebody who understands both to an answer: they need hold half as much."""
        with self._database.read() as connection:
            found = find_passages(connection, question, MOST)
        return [one for one in found if one.cover >= self._relevance / 2]

    def are_there(self) -> bool:
        """Tell whether there are documents, as of a moment ago."""
        now = time.monotonic()
        if now - self._looked >= _REMEMBERED:
            self._looked = now  # others go on with what was known, and do not look as well
            with suppress(StoreBusy), self._database.read() as connection:
                self._any = knowledge(connection).documents > 0
        return self._any

    def look_again(self) -> None:
        """Forget what is remembered: there was a change."""
        self._looked = -_REMEMBERED
