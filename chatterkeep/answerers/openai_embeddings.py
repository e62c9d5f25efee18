"""Embeddings by any server that speaks OpenAI's API."""

import logging
from collections.abc import Sequence
from typing import Any

from chatterkeep.answerers.provider import Provider
from chatterkeep.domain.answers import Failure, NoAnswer, Unwanted, Usage
from chatterkeep.domain.embeddings import Vector, unit
from chatterkeep.services.ports import Call

log = logging.getLogger(__name__)


class OpenAIEmbeddings:
    """An Embedder. `base_url` ends in `/v1`; empty, it is OpenAI's own. `api_key` may be empty for a server without."""

    def __init__(self, api_key: str, base_url: str, model: str) -> None:
        self._provider = Provider(api_key, base_url)
        self._model = model

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self._model

    def close(self) -> None:
        """Close the connections that no request uses."""
        self._provider.close()

    def embed(self, texts: Sequence[str], call: Call) -> list[Vector]:
        """Return one vector for each text, in order. Raises NoAnswer and Unwanted, nothing else."""
        try:
            answer = self._provider.client().embed(self._model, texts, call)
            call.usage = Usage(self._model, answer.usage.prompt_tokens, 0)
            return _vectors(answer.data, len(texts))
        except (NoAnswer, Unwanted):
            raise
        except Exception as error:
            log.exception("answerer.broken")
            raise NoAnswer(Failure.BROKEN, type(error).__name__) from None


def _vectors(data: Sequence[Any], count: int) -> list[Vector]:
    found = {one.index: one.embedding for one in data}
    if set(found) != set(range(count)) or len({len(numbers) for numbers in found.values()}) != 1:
        raise NoAnswer(Failure.MALFORMED, f"{len(data)} embeddings for {count} texts, or of several lengths")
    try:
        return [unit(found[number]) for number in range(count)]
    except (TypeError, ValueError, OverflowError):
        raise NoAnswer(Failure.MALFORMED, "an embedding that is no vector") from None
