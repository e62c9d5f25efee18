"""Who can turn a question into text, as protocols, and who of them does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from chatterkeep.domain.answers import Patience, Usage
from chatterkeep.domain.basis import Basis
from chatterkeep.domain.messages import Kind
from chatterkeep.domain.replies import ReplyState
from chatterkeep.services.matters import Matter
from chatterkeep.services.ports import Call
from chatterkeep.storage.endings import Ending


class Author(Protocol):
    """Who writes generated replies."""

    @property
    def patience(self) -> Patience:
        """How long an answer may take."""
        ...

    @property
    def are_resting(self) -> bool:
        """Tell whether nobody is asked but now and then, since that failed."""
        ...

    def prepare(self) -> None:
        """Make ready, so that the first question need not wait."""
        ...

    def close(self) -> None:
        """Give back what is held between answers."""
        ...

    def write(self, matter: Matter, call: Call) -> Iterator[str]:
        """Yield the answer, piece by piece, and set what it rests on. Raises NoAnswer and Unwanted."""
        ...


QUOTED: Final = "documents"
"""What stands in the place of a model's name where documents answer."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What documents say to a question (Markdown), and where."""

    text: str
    basis: Basis


class Quoting(Author, Protocol):
    """An author that has its answers from documents alone."""

    def quote(self, question: str) -> Quoted | None:
        """Return what documents say to a question; None where that is nothing. Raises StoreBusy."""
        ...


@dataclass(frozen=True, slots=True)
class Pens:
    """Who writes generated replies, and who does where those cannot. Without either, what was asked before fails."""

    first: Author | None
    second: Quoting | None

    @property
    def author(self) -> Author | None:
        """Who is asked."""
        return self.first or self.second

    def instead(self, matter: Matter) -> Ending | None:
        """Return what is said where the first one failed; None where there is nothing. Raises StoreBusy."""
        quoted = self.second.quote(matter.lines[-1].text) if self.first and self.second else None
        if quoted is None:
            return None
        return Ending(ReplyState.DONE, Kind.ANSWER, quoted.text, usage=Usage(QUOTED, 0, 0), basis=quoted.basis)
