"""The full-text index of passages: which of them may answer a question. Each kind of database has its own.

SQLite has an FTS5 table that triggers keep in step with the table of passages; PostgreSQL has a table with a tsvector
of terms, which is filled here. Both are given terms that are folded and stemmed already, and neither cuts them again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from chatterkeep.domain.ranking import Clause

TABLE: Final = "passage_index"
"""Its name, and what the names of the tables begin with that FTS5 makes for it. No model has them."""

_ON_SQLITE: Final = """
    SELECT p.id, p.terms, p.length FROM passage_index i JOIN passages p ON p.id = i.rowid
    JOIN documents d ON d.id = p.document_id AND d.state = 'ready'
    WHERE passage_index MATCH :query ORDER BY i.rank LIMIT :most
"""
_ON_POSTGRESQL: Final = """
    SELECT p.id, p.terms, p.length FROM (
        SELECT i.passage_id, {weights} AS weight FROM (
            SELECT passage_id, terms FROM passage_index WHERE terms @@ CAST(:query AS tsquery) LIMIT :looked
        ) i ORDER BY weight DESC, i.passage_id LIMIT :most
    ) best JOIN passages p ON p.id = best.passage_id JOIN documents d ON d.id = p.document_id AND d.state = 'ready'
"""
_ADD: Final = text(
    "INSERT INTO passage_index (passage_id, terms) "
    "SELECT id, array_to_tsvector(string_to_array(terms, ' ')) FROM passages WHERE id = ANY(:ids) "
    "ON CONFLICT (passage_id) DO UPDATE SET terms = excluded.terms"
)
LOOKED: Final = 8_000
"""At how many passages PostgreSQL looks for one question."""


def is_of_index(table: str | None) -> bool:
    """Tell whether a table is part of the index, and so none of the models'."""
    return table is not None and table.startswith(TABLE)


def index(connection: Connection, passages: Sequence[int]) -> None:
    """Put passages that were just stored into the index, by their row numbers."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ADD, {"ids": list(passages)})


def candidates(
    connection: Connection, clauses: Sequence[Clause], weights: Mapping[tuple[str, ...], float], most: int
) -> list[tuple[int, str, int]]:
    """Return up to `most` passages that satisfy one of the clauses, the likeliest: row number, terms and length."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(*_on_postgresql(clauses, weights, most))
    else:
        rows = connection.execute(text(_ON_SQLITE), {"query": _written(clauses, " OR ", " AND ", '"'), "most": most})
    return [(row[0], row[1], row[2]) for row in rows]


def _on_postgresql(
    clauses: Sequence[Clause], weights: Mapping[tuple[str, ...], float], most: int
) -> tuple[Any, dict[str, Any]]:
    values: dict[str, Any] = {"query": _written(clauses, " | ", " & ", "'"), "most": most, "looked": LOOKED}
    sums = []
    for number, (terms, weight) in enumerate(weights.items()):
        values |= {f"word{number}": _written([(terms,)], " | ", " & ", "'"), f"weight{number}": weight}
        sums.append(
            f"CASE WHEN i.terms @@ CAST(:word{number} AS tsquery) THEN CAST(:weight{number} AS real) ELSE 0 END"
        )
    return text(_ON_POSTGRESQL.format(weights=" + ".join(sums))), values


def _written(clauses: Sequence[Clause], either: str, both: str, mark: str) -> str:
    """Return clauses in the language of an index, each term in its quotation marks."""
    return either.join(
        "(" + both.join("(" + either.join(_quoted(term, mark) for term in terms) + ")" for terms in clause) + ")"
        for clause in clauses
    )


def _quoted(term: str, mark: str) -> str:
    return mark + term.replace(mark, mark * 2) + mark
