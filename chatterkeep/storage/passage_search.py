"""Finds the passages that fit a question: the index names candidates, and the domain puts them in order."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from chatterkeep.domain.documents import Found
from chatterkeep.domain.ranking import MOST_WORDS, Counts, Wanted, clauses_of, fit, question_terms
from chatterkeep.storage.documents import places
from chatterkeep.storage.knowledge import Knowledge, counts_of, knowledge
from chatterkeep.storage.passage_index import candidates

CANDIDATES: Final = 200
"""How many passages are looked at for one question."""

_RARE: Final = 2_000
"""In so many passages the rare words of a question may be, all together."""


def find_passages(connection: Connection, question: str, limit: int) -> list[Found]:
    """Return up to `limit` passages, the best first. None where the question has no word that says anything."""
    known = knowledge(connection)
    if not known.documents:
        return []
    wanted = _wanted(connection, question, known)
    clauses = clauses_of(wanted, _RARE)
    if not clauses:
        return []
    counts = Counts(known.passages, known.words / known.passages)
    weights = {word.terms: word.weight(counts) for word in wanted if word.passages}
    rows = candidates(connection, clauses, weights, CANDIDATES)
    asked = {term for word in wanted for term in word.terms}
    fits = {row: fit(wanted, counts, _often(terms, asked), length) for row, terms, length in rows}
    best = sorted(fits, key=lambda row: (-fits[row].score, row))[:limit]
    found = places(connection, best)
    return [Found(found[row], fits[row].score, fits[row].cover) for row in best if row in found]


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
