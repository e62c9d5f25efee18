"""What is kept of a person besides the messages, as values to be written into a file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.files import Attached
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.transcript import Line, Position


class Format(StrEnum):
    """The kinds of file, by their names' ends."""

    TXT = "txt"
    MARKDOWN = "md"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Contact:
    """A number the session belongs to, and when its owner last gave a sign."""

    channel: Channel
    phone: PhoneNumber
    since: datetime
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A private link or an API client's token. The token itself is not kept."""

    kind: str
    created_at: datetime
    used_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """What is kept of one conversation besides its messages."""

    conversation_id: str
    number: int
    flow: str
    state: str
    status: Status
    owner: Owner
    outcome: str | None
    assignee: str | None
    answers: Mapping[str, str]
    created_at: datetime
    last_message_at: datetime
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is kept of a session at one moment, but for its messages: there are so many, up to the place `end`."""

    session_id: str
    channel: Channel
    created_at: datetime
    contacts: tuple[Contact, ...]
    typed_phone: PhoneNumber | None
    context: Mapping[str, Any]
    links: tuple[Link, ...]
    talks: tuple[Talk, ...]
    messages: int
    end: Position
    at: datetime
    files: tuple[Attached, ...] = ()

    def file_name(self, kind: Format) -> str:
        """Return what the file is called: it tells the day, and one session from another."""
        return f"chatterkeep-{self.session_id[:8]}-{self.at:%Y-%m-%d}.{kind}"


def by_talk(dossier: Dossier, lines: Iterable[Line]) -> Iterator[tuple[Talk, Iterable[Line]]]:
    """Yield each conversation with its messages, which are in order; one that holds but notes has none."""
    groups = groupby(lines, key=lambda line: line.position.number)
    nothing: tuple[int, Iterable[Line]] = (0, ())
    number, group = next(groups, nothing)
    for talk in dossier.talks:
        if talk.number == number:
            yield talk, group
            number, group = next(groups, nothing)
        else:
            yield talk, ()
