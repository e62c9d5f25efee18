"""The conversations of a session as its programs list and read them."""

from dataclasses import dataclass
from datetime import datetime

from chatterkeep.domain.answers import Usage
from chatterkeep.domain.sessions import Standing
from chatterkeep.domain.transcript import Line


@dataclass(frozen=True, slots=True)
class Overview:
    """A conversation without its messages. `number` counts those of its session; `messages` leaves out notes.

    `title` is the name it was given, else its first question, None where nothing was asked. `goes_on` tells that the
    next message of the customer can still become a part of it.
    """

    conversation_id: str
    session_id: str
    number: int
    title: str | None
    standing: Standing
    messages: int
    created_at: datetime
    last_message_at: datetime
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of a session's conversations, newest first, and how many there are in all.

    `before` is the number to go on with, None where these are the oldest.
    """

    overviews: tuple[Overview, ...]
    total: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and what it cost, if it was generated."""

    line: Line
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A conversation with a part of its messages, oldest first; `before` is the number to go on with, if any."""

    overview: Overview
    said: tuple[Said, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class Anteroom:
    """A session without its conversations: `last_message_at` is when it was made where nobody wrote yet."""

    session_id: str
    created_at: datetime
    last_message_at: datetime
    conversation_id: str | None
