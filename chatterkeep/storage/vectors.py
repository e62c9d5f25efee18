"""The vectors of passages as rows: which passages have none yet, and how they are stored."""

import sys
from array import array
from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select

from chatterkeep.domain.documents import State
from chatterkeep.domain.embeddings import Vector
from chatterkeep.storage.knowledge import hold
from chatterkeep.storage.models_knowledge import DocumentRecord, PassageRecord, PassageVectorRecord

_WORD: Final = 8
"""The signs of a vector fill whole words of so many bytes."""


class Wordless(NamedTuple):
    """A passage that has no vector yet: what it says, below what it stands under."""

    row: int
    title: str
    heading: str
    body: str


def without_vector(connection: Connection, model: str, after: int, limit: int) -> list[Wordless]:
    """Return up to `limit` passages of ready documents that have no vector of a model, with row numbers above one."""
    passage, document = PassageRecord, DocumentRecord
    query = (
        select(passage.id, document.title, passage.heading, passage.body)
        .join(document, document.id == passage.document_id)
        .outerjoin(PassageVectorRecord, _is_of(model))
        .where(document.state == State.READY.value, PassageVectorRecord.id.is_(None), passage.id > after)
        .order_by(passage.id)
        .limit(limit)
    )
    return [Wordless(*row) for row in connection.execute(query)]


def count_without_vector(connection: Connection, model: str) -> int:
    """Return how many passages of ready documents have no vector of a model."""
    passage, document = PassageRecord, DocumentRecord
    query = (
        select(func.count())
        .select_from(passage)
        .join(document, document.id == passage.document_id)
        .outerjoin(PassageVectorRecord, _is_of(model))
        .where(document.state == State.READY.value, PassageVectorRecord.id.is_(None))
    )
    return connection.scalar(query) or 0


def store_vectors(connection: Connection, model: str, vectors: Mapping[int, Vector]) -> None:
    """Store the vectors of passages, by their row numbers, in place of those they had. Passages that went are left."""
    hold(connection)
    there = connection.scalars(select(PassageRecord.id).where(PassageRecord.id.in_(list(vectors)))).all()
    if not there:
        return
    record = PassageVectorRecord
    connection.execute(delete(record).where(record.passage_id.in_(there)))
    rows = [
        {"passage_id": row, "model": model, "signs": signs_of(vectors[row]), "vector": packed(vectors[row])}
        for row in there
    ]
    connection.execute(insert(record), rows)


def forget_vectors(connection: Connection) -> None:
    """Remove all vectors."""
    hold(connection)
    connection.execute(delete(PassageVectorRecord))


def packed(vector: Vector) -> bytes:
    """Return a vector as it is stored."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def signs_of(vector: Vector) -> bytes:
    """Return one bit for each number of a vector, the first one in the lowest bit."""
    bits = sum(1 << place for place, number in enumerate(vector) if number > 0)
    return bits.to_bytes(size_of_signs(len(vector)), "little")


def size_of_signs(length: int) -> int:
    """Return how many bytes the signs of a vector of so many numbers have."""
    return -(-length // (8 * _WORD)) * _WORD


def _is_of(model: str) -> ColumnElement[bool]:
    return and_(PassageVectorRecord.passage_id == PassageRecord.id, PassageVectorRecord.model == model)
