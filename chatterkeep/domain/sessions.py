"""Sessions as API clients see them: one with its messages, and the list of all."""

from dataclasses import dataclass
from datetime import datetime

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.inbox import Place, Who
from chatterkeep.domain.transcript import Line, Position


@dataclass(frozen=True, slots=True)
class Standing:
    """How a session stands, as its newest conversation does. `outcome` and `assignee` are noted by clients."""

    flow: str
    state: str
    owner: Owner
    status: Status
    outcome: str | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class ChatSession:
    """A session with its newest messages, oldest first. `earlier` is the place before which there are more, if any."""

    session_id: str
    created_at: datetime
    standing: Standing
    lines: tuple[Line, ...]
    earlier: Position | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A session in the list."""

    place: Place
    session_id: str
    created_at: datetime
    who: Who
    standing: Standing

    @property
    def last_message_at(self) -> datetime:
        """When its newest message was written."""
        return self.place.at


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the list. `cursor` names the place where the next one begins; None where this is the last."""

    summaries: tuple[Summary, ...]
    cursor: str | None
