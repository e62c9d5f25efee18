"""Lines of a conversation as they are read back, and places in a session."""

from dataclasses import dataclass
from datetime import datetime

from chatterkeep.domain.basis import NOTHING, Basis
from chatterkeep.domain.feedback import Feedback
from chatterkeep.domain.files import Attached
from chatterkeep.domain.messages import Author, Kind


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a session: the conversation's number, and the message's number in it. The start is (0, 0)."""

    number: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.number}.{self.seq}"


@dataclass(frozen=True, slots=True)
class Line:
    """One message, readable. `state` is where the flow stood after it, `basis` what an answer rests on.

    `feedback` is what its reader thinks of it; `files` hang on it, where somebody asked for them.
    """

    position: Position
    conversation_id: str
    author: Author
    kind: Kind
    state: str
    text: str
    created_at: datetime
    basis: Basis = NOTHING
    feedback: Feedback | None = None
    files: tuple[Attached, ...] = ()
