"""Finds the passages whose vectors are nearest to that of a question.

The signs of all vectors are kept in memory, one bit for each number: a hundred thousand passages of 1,536 numbers take
19 MB. Those that differ from the question's in the fewest bits are candidates, and only their vectors are read and
compared. This is binary quantization with rescoring, as vector databases do it.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Connection, func, select

from chatterkeep.domain.embeddings import Vector
from chatterkeep.storage.models_knowledge import PassageVectorRecord
from chatterkeep.storage.vectors import packed, signs_of, size_of_signs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDIDATES: Final = 200
"""How many vectors are read and compared for one question."""


_DEAD: Final = 10
"""Where more than one in so many candidates is gone, what is in memory is read anew."""


class Near(NamedTuple):
    """A passage, by its row number, and the cosine of the angle between what it and the question mean, -1 to 1."""

    row: int
    similarity: float


@dataclass(frozen=True, slots=True)
class _Held:
    """What is in memory: the signs of vectors, whose passages they are, and up to which row all were looked at."""

    last: int
    passages: "NDArray[np.int64]"
    signs: "NDArray[np.uint64]"


class VectorIndex:
    """The vectors of one model. What was added is read at the next question; what went is only not found any more."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._held: _Held | None = None

    def nearest(self, connection: Connection, vector: Vector, limit: int) -> list[Near]:
        """Return up to `limit` passages, the nearest first."""
        import numpy as np  # noqa: PLC0415 - 20 MB, which nobody should pay who has no embeddings

        held = self._following(connection, size_of_signs(len(vector)))
        differing = np.bitwise_count(held.signs ^ np.frombuffer(signs_of(vector), "<u8")).sum(axis=1, dtype=np.uint32)
        chosen = np.argpartition(differing, CANDIDATES)[:CANDIDATES] if len(differing) > CANDIDATES else slice(None)
        passages = set(held.passages[chosen].tolist())
        near = self._compared(connection, passages, vector)
        if len(passages) - len(near) > len(passages) // _DEAD:
            with self._lock:
                self._held = None
        return near[:limit]

    def _compared(self, connection: Connection, passages: Collection[int], vector: Vector) -> list[Near]:
        import numpy as np  # noqa: PLC0415

        record, asked = PassageVectorRecord, packed(vector)
        query = select(record.passage_id, record.vector).where(record.passage_id.in_(passages))
        rows = connection.execute(query.where(record.model == self._model, func.length(record.vector) == len(asked)))
        found = {row.passage_id: row.vector for row in rows}
        vectors = np.frombuffer(b"".join(found.values()), "<f4").reshape(len(found), len(vector))
        cosines = (vectors @ np.frombuffer(asked, "<f4")).tolist()
        return sorted(map(Near, found, cosines), key=lambda one: (-one.similarity, one.row))

    def _following(self, connection: Connection, size: int) -> _Held:
        """Return what is stored now, of vectors whose signs have so many bytes."""
        with self._lock:
            held = self._held
            if held is None or held.signs.shape[1] * 8 != size:
                held = _nothing(size)
            self._held = held = self._read_on(connection, held)
        return held

    def _read_on(self, connection: Connection, held: _Held) -> _Held:
        import numpy as np  # noqa: PLC0415

        record, words = PassageVectorRecord, held.signs.shape[1]
        query = select(record.id, record.passage_id, record.model, record.signs).where(record.id > held.last)
        rows = connection.execute(query.order_by(record.id)).all()
        if not rows:
            return held
        ours = [row for row in rows if row.model == self._model and len(row.signs) == 8 * words]
        signs = np.frombuffer(b"".join(row.signs for row in ours), "<u8").reshape(len(ours), words)
        passages = np.array([row.passage_id for row in ours], dtype=np.int64)
        return _Held(rows[-1].id, np.concatenate([held.passages, passages]), np.concatenate([held.signs, signs]))


def _nothing(size: int) -> _Held:
    import numpy as np  # noqa: PLC0415

    return _Held(0, np.empty(0, dtype=np.int64), np.empty((0, size // 8), dtype="<u8"))
