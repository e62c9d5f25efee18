"""What is erased of a person, and the receipt for it, which tells nothing of whom."""

import unicodedata
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from chatterkeep.domain.messages import Channel

WORD: Final = "erase"
"""What somebody types to say that they mean it."""


class By(StrEnum):
    """Who erased something."""

    VISITOR = "visitor"
    STAFF = "staff"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of somebody. `numbers` are those their sessions belong to, or that they typed,
    `ratings` what they thought of answers.
    """

    sessions: int = 0
    conversations: int = 0
    messages: int = 0
    replies: int = 0
    numbers: int = 0
    links: int = 0
    ratings: int = 0
    files: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return any(astuple(self))

    def __str__(self) -> str:
        """Say it in words: `1 session, 2 conversations, 14 messages, 1 number, 1 link`."""
        named = zip(Counts.__slots__, astuple(self), strict=True)
        return ", ".join(f"{count:,} {name if count != 1 else _ONE[name]}" for name, count in named if count)


_ONE: Final = {
    "sessions": "session",
    "conversations": "conversation",
    "messages": "message",
    "replies": "generated reply",
    "numbers": "number",
    "links": "link",
    "ratings": "rating",
    "files": "file",
}


@dataclass(frozen=True, slots=True)
class Holding:
    """A session that is kept, and how much there is of it.

    Its number is the session's own where it was `proved`; one that a visitor typed may be somebody else's. None where
    there is no number.
    """

    session_id: str
    channel: Channel
    proved: bool | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class Receipt:
    """That something was erased: a random id, when, by whom, how much."""

    receipt_id: str
    at: datetime
    by: By
    counts: Counts


def is_loss(missing: int, total: int) -> bool:
    """Tell whether so many sessions lack their share of the key that the store of shares was lost, and nobody erased.

    Erasing takes some; a store that was lost, or left behind, takes most.
    """
    return missing * 2 > total


def is_meant(typed: str) -> bool:
    """Tell whether the word was typed, in whatever case and with whatever space."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).casefold() == WORD
