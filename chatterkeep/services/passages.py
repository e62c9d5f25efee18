"""Finds the passages of documents that an answer may rest on."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from chatterkeep.domain.documents import Found
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.services.embeddings import Embeddings
from chatterkeep.storage.db import Database
from chatterkeep.storage.documents import list_documents
from chatterkeep.storage.knowledge import knowledge
from chatterkeep.storage.passage_search import find_passages

MOST: Final = 4
"""How many passages an answer rests on at most."""

_LOOKED: Final = 20
"""How many passages are found, of which those that fit are taken."""

_REMEMBERED: Final = 2.0
"""Seconds for which it is remembered whether there are documents, also those that another process adds."""


@dataclass(frozen=True, slots=True)
class Fitness:
    """What a passage must be to answer a question: the part of it (0 to 1) that it must hold, or how similar in
    meaning it must be (-1 to 1)."""

    relevance: float
    similarity: float


class Passages:
    """Looks for passages, by the words of a question and by what it means."""

    def __init__(self, database: Database, fitness: Fitness, embeddings: Embeddings) -> None:
        self._database = database
        self._fitness = fitness
        self._embeddings = embeddings
        self._any = False
        self._looked = -_REMEMBERED

    def find(self, question: str, limit: int) -> list[Found]:
        """Return the passages that fit best, also those that are not good enough for an answer. Raises StoreBusy."""
        vector = self._embeddings.of_question(question) if self.are_there() else None
        with self._database.read() as connection:
            return find_passages(connection, question, limit, self._embeddings.index, vector)

    def answering(self, question: str) -> list[Found]:
        """Return the passages that answer a question by themselves, the best first; often none. Raises StoreBusy."""
        return self._fitting(question, self._fitness)

    def helping(self, question: str) -> Sequence[Found]:
        """Return those that may help somebody who understands both to an answer: they need fit half as well."""
        return self._fitting(question, Fitness(self._fitness.relevance / 2, self._fitness.similarity / 2))

    def titles(self, limit: int) -> list[str]:
        """Return what the newest documents are called. Raises StoreBusy."""
        with self._database.read() as connection:
            return [document.title for document in list_documents(connection, limit)]

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

    def _fitting(self, question: str, least: Fitness) -> list[Found]:
        found = self.find(question, _LOOKED)
        return [one for one in found if one.cover >= least.relevance or one.similarity >= least.similarity][:MOST]
