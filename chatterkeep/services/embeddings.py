"""Embeddings: what passages and questions mean, as vectors, so that a question finds what says it in other words.

Passages are turned into vectors in the background, by one process at a time, and questions as they are asked. What
cannot be turned into one is still found by its words.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chatterkeep.domain.answers import Failure, NoAnswer, Patience
from chatterkeep.domain.embeddings import Vector
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.services.breaker import Breaker
from chatterkeep.services.measures import EMBEDDINGS, TOKENS
from chatterkeep.services.ports import Call, Embedder
from chatterkeep.services.rounds import Rounds
from chatterkeep.storage import vectors
from chatterkeep.storage.db import Database
from chatterkeep.storage.exclusive import alone
from chatterkeep.storage.vector_index import VectorIndex

log = logging.getLogger(__name__)

PERIOD: Final = 2.0
"""Seconds between two looks for passages that have no vector."""

AFTER_FAILURE: Final = 60.0
"""Seconds of rest after the server gave none."""

BATCH: Final = 16
"""Passages that are sent in one request: a small machine may take seconds for each."""

_SECONDS: Final = 120.0
"""Longest wait for the vectors of a batch: a small machine may compute them itself."""

_SHORTEST: Final = 200
"""Characters of a passage that are never cut to make it fit into the model."""


@dataclass(slots=True)
class _Walk:
    """A way through the passages that have no vector: the row it has come to."""

    last: int = 0


class Embeddings:
    """The vectors of passages and questions; without an embedder there are none.

    `scrub` takes out of a text what the provider must not see. A question waits for its vector up to `seconds`.
    """

    def __init__(
        self,
        database: Database,
        embedder: Embedder | None,
        scrub: Callable[[str], str],
        breaker: Breaker,
        seconds: float,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._scrub = scrub
        self._breaker = breaker
        self._seconds = seconds
        self.index = VectorIndex(self.model)
        self._rounds = Rounds("embeddings", self._step)
        self._walk = _Walk()

    @property
    def on(self) -> bool:
        """Tell whether there are embeddings."""
        return self._embedder is not None

    @property
    def model(self) -> str:
        """The model that makes the vectors; empty where there are none."""
        return self._embedder.model if self._embedder else ""

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left, once closed."""
        return self._rounds.at_rest

    def start(self) -> None:
        """Begin to look for passages that have no vector. Once is enough; more do no harm."""
        if self.on:
            self._rounds.start(PERIOD)

    def close(self) -> None:
        """End the thread after its present batch, and give back what is held between requests."""
        self._rounds.close()
        if self._embedder:
            self._embedder.close()

    def waiting(self) -> int:
        """Return how many passages have no vector."""
        if not self.on:
            return 0
        with self._database.read() as connection:
            return vectors.count_without_vector(connection, self.model)

    def of_question(self, question: str) -> Vector | None:
        """Return the vector of a question; None where there is none, also because the server fails."""
        if self._embedder is None or not self._breaker.allows():
            return None
        try:
            [vector] = self._asked([self._scrub(question)], self._seconds)
        except NoAnswer as error:
            if error.failure is not Failure.BAD_REQUEST:
                self._breaker.failed()
            log.warning("embeddings.not_of_question", extra={"problem": str(error)})
            return None
        self._breaker.worked()
        return vector

    def fill(self) -> Iterator[int]:
        """Give all passages their vectors; yield how many each write was about. Raises NoAnswer and StoreBusy."""
        walk = _Walk()
        while self.on and (done := self._go_on(walk)):
            yield done

    def forget(self) -> None:
        """Remove all vectors: they are made anew. Raises StoreBusy."""
        with self._database.write() as connection:
            vectors.forget_vectors(connection)

    def _go_on(self, walk: _Walk) -> int:
        """Give the next passages of a walk their vectors; return how many, 0 at its end.

        Raises NoAnswer and StoreBusy. A passage that the model refuses is passed, those before it have their vectors.
        """
        with self._database.read() as connection:
            found = vectors.without_vector(connection, self.model, walk.last, BATCH)
        made: dict[int, Vector] = {}
        try:
            for passage, vector in zip(found, self._fitting([self._scrub(_told(one)) for one in found]), strict=True):
                made[passage.row] = vector
        except NoAnswer as error:
            if error.failure is Failure.BAD_REQUEST:
                walk.last = found[len(made)].row
            raise
        finally:
            if made:
                with self._database.write() as connection:
                    vectors.store_vectors(connection, self.model, made)
        walk.last = found[-1].row if found else 0
        return len(found)

    def _fitting(self, texts: Sequence[str]) -> Iterator[Vector]:
        """Yield the vectors of texts, one that is too long for the model cut to what fits."""
        try:
            yield from self._asked(texts, _SECONDS) if texts else ()
        except NoAnswer as error:
            if error.failure is not Failure.BAD_REQUEST:
                raise
            half = len(texts) // 2
            if half:
                yield from self._fitting(texts[:half])
                yield from self._fitting(texts[half:])
            elif len(texts[0]) <= _SHORTEST:
                raise
            else:
                yield from self._fitting([texts[0][: len(texts[0]) // 2]])

    def _asked(self, texts: Sequence[str], seconds: float) -> list[Vector]:
        if self._embedder is None:
            return []
        call = Call(Patience(first=seconds, between=seconds, total=seconds))
        try:
            made = self._embedder.embed(texts, call)
        except NoAnswer as error:
            EMBEDDINGS.labels(error.failure.value).inc()
            raise
        EMBEDDINGS.labels("done").inc()
        if call.usage:
            TOKENS.labels("embedding").inc(call.usage.prompt_tokens)
        return made

    def _step(self) -> float:
        """Give some passages their vectors, if that is for this process to do; return for how many seconds to rest."""
        try:
            with alone(self._database, "vectors") as is_mine:
                more = is_mine and self._go_on(self._walk) > 0
        except NoAnswer as error:
            log.warning("embeddings.not_of_passages", extra={"problem": str(error)})
            return AFTER_FAILURE
        except StoreBusy:
            log.warning("embeddings.put_off")
            return PERIOD
        except Exception:
            log.exception("embeddings.failed")
            return AFTER_FAILURE
        return 0.0 if more else PERIOD


def _told(passage: vectors.Wordless) -> str:
    return "\n".join([*dict.fromkeys(filter(None, [passage.title, passage.heading])), passage.body])
