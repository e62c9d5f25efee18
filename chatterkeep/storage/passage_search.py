"""Finds the passages that fit a question: by its words, and by what it means where that is known.

Of its words, the index names candidates, and the domain puts them in order.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from chatterkeep.domain.documents import Found, Place
from chatterkeep.domain.embeddings import Vector, fused
from chatterkeep.domain.ranking import MOST_WORDS, Counts, Fit, Wanted, clauses_of, fit, question_terms
from chatterkeep.storage.documents import places
from chatterkeep.storage.knowledge import Knowledge, counts_of, knowledge
from chatterkeep.storage.passage_index import candidates
from chatterkeep.storage.vector_index import VectorIndex

CANDIDATES: Final = 200
"""How many passages are looked at for one question."""

_RARE: Final = 2_000
"""In so many passages the rare words of a question may be, all together."""

_RANKED: Final = 50
"""How many passages each of the two ways names, where there are two."""

_UNFIT: Final = Fit(0.0, 0.0)


def find_passages(
    connection: Connection, question: str, limit: int, index: VectorIndex, vector: Vector | None = None
) -> list[Found]:
    """Return up to `limit` passages, the best first; `vector` is what the question means, if that is known.

    Without it, none where the question has no word that says anything.
    """
    known = knowledge(connection)
    if not known.documents:
        return []
    fits = _by_words(connection, question, known)
    ranking = sorted(fits, key=lambda row: (-fits[row].score, row))
    similar: Mapping[int, float] = {}
    if vector:
        similar = dict(index.nearest(connection, vector, _RANKED))
        # a passage that holds little of the question is named for want of a better one
        scores = fused({row: fits[row].cover for row in ranking[:_RANKED]}, dict.fromkeys(similar, 1.0))
        ranking = sorted(scores, key=lambda row: (-scores[row], row))
    found = places(connection, ranking[:limit])
    return [_found(found, row, fits.get(row, _UNFIT), similar.get(row, 0.0)) for row in ranking[:limit] if row in found]


def _found(places: Mapping[int, Place], row: int, fit: Fit, similarity: float) -> Found:
    return Found(places[row], fit.score, fit.cover, similarity)


def _by_words(connection: Connection, question: str, known: Knowledge) -> dict[int, Fit]:
    """Return how well passages fit that hold some words of a question, by their row numbers."""
    wanted = _wanted(connection, question, known)
    clauses = clauses_of(wanted, _RARE)
    if not clauses:
        return {}
    counts = Counts(known.passages, known.words / known.passages)
    weights = {word.terms: word.weight(counts) for word in wanted if word.passages}
    rows = candidates(connection, clauses, weights, CANDIDATES)
    asked = {term for word in wanted for term in word.terms}
    return {row: fit(wanted, counts, _often(terms, asked), length) for row, terms, length in rows}


def _wanted(connection: Connection, question: str, known: Knowledge) -> Sequence[Wanted]:
    words = question_terms(question, known.languages)[: 4 * MOST_WORDS]
    counts = counts_of(connection, {term for terms in words for term in terms})
    wanted = [Wanted(terms, max(counts.get(term, 0) for term in terms)) for terms in words]
    return sorted(wanted, key=lambda word: word.passages)[:MOST_WORDS]


def _often(terms: str, asked: set[str]) -> dict[str, int]:
    often: dict[str, int] = {}
    for term in terms.split():
        if term in asked:
            often[term] = often.get(term, 0) + 1
    return often
