"""What staff look for, and what they find: conversations in a list, one conversation with all that belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.transcript import Line


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; None is anything. `since` is the first instant, `until` the first one too late."""

    phone: PhoneNumber | None = None
    state: str | None = None
    flow: str | None = None
    status: Status | None = None
    owner: Owner | None = None
    channel: Channel | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def in_use(self) -> tuple[str, ...]:
        """The names of the filters that narrow the list."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of conversations, newest first. `row` tells those of the same instant apart."""

    at: datetime
    row: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step through the list, from a place towards the newer conversations or the older ones."""

    place: Place
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a conversation: its messages next before a number, or next after it."""

    seq: int = 2**31 - 1
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """Whose conversation it is. Who came through a page only claims the number."""

    channel: Channel
    phone: PhoneNumber | None


@dataclass(frozen=True, slots=True)
class Item:
    """One conversation in the list, with its last message."""

    place: Place
    conversation_id: str
    who: Who
    text: str
    flow: str
    state: str
    status: Status
    owner: Owner
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, newest first, and whether there are more on either side."""

    items: tuple[Item, ...]
    older: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation as staff see it, but for its messages."""

    session_id: str
    conversation_id: str
    number: int
    who: Who
    flow: str
    flow_version: str
    state: str
    status: Status
    owner: Owner
    answers: Mapping[str, str]
    count: int
    created_at: datetime
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A state that the flow came to with a message."""

    state: str
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Sibling:
    """A conversation of the same session."""

    conversation_id: str
    number: int
    flow: str
    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation, read. `changes` begins with the state the flow starts in; `siblings` holds the case itself."""

    case: Case
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    siblings: tuple[Sibling, ...]
    earlier: bool
    later: bool
