"""Sessions as API clients see them: one with its messages, and the list of all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.errors import InvalidInput, InvalidText
from chatterkeep.domain.inbox import Place, Who
from chatterkeep.domain.transcript import Line, Position

LARGEST_CONTEXT: Final = 8 * 1024
"""What a client may tell of a session, in bytes of compact JSON in UTF-8."""


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


def check_context(context: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a context that is too large or holds numbers JSON has not, InvalidText for half a pair."""
    try:
        size = len(json.dumps(context, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    except UnicodeEncodeError:
        raise InvalidText("context", "A text holds half of a surrogate pair.") from None
    except ValueError:
        raise InvalidInput("context", "A number is too large.") from None
    if size > LARGEST_CONTEXT:
        raise InvalidInput("context", f"The context has {size} bytes; at most {LARGEST_CONTEXT} are kept.")
