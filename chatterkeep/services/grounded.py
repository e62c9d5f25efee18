"""An author whose answers rest on documents: it is given the passages that fit, and its answers name them."""

import logging
from collections.abc import Iterator
from dataclasses import replace

from chatterkeep.domain.answers import Patience
from chatterkeep.domain.basis import Basis
from chatterkeep.domain.documents import Found
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.grounds import affordable, cited, ground_of
from chatterkeep.services.authors import Authors
from chatterkeep.services.matters import Matter
from chatterkeep.services.passages import Passages
from chatterkeep.services.ports import Call

log = logging.getLogger(__name__)


class Grounded:
    """An Author. Its model is shown `tokens` of passages at most."""

    def __init__(self, authors: Authors, passages: Passages, tokens: int) -> None:
        self._authors = authors
        self._passages = passages
        self._tokens = tokens

    @property
    def patience(self) -> Patience:
        """How long an answer may take."""
        return self._authors.patience

    @property
    def are_resting(self) -> bool:
        """Tell whether nobody is asked but now and then, since that failed."""
        return self._authors.are_resting

    def prepare(self) -> None:
        """Make ready, so that the first question need not wait."""
        self._authors.prepare()

    def close(self) -> None:
        """Give back what is held between answers."""
        self._authors.close()

    def write(self, matter: Matter, call: Call) -> Iterator[str]:
        """Yield the answer, piece by piece; its sources are those it cites. Raises NoAnswer and Unwanted."""
        found = self._found(matter)
        pieces: list[str] = []
        for piece in self._authors.write(replace(matter, grounds=ground_of(found)), call):
            pieces.append(piece)
            yield piece
        call.basis = Basis(cited("".join(pieces), found), call.basis.tools)

    def _found(self, matter: Matter) -> list[Found]:
        try:
            return affordable(self._passages.helping(matter.lines[-1].text), self._tokens)
        except StoreBusy:
            log.warning("passages.not_found")  # an answer without them is better than none
            return []
