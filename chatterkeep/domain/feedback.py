"""What a reader thinks of an answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from chatterkeep.domain.messages import Author, Kind

LONGEST_COMMENT: Final = 1000
"""In characters."""


class Verdict(StrEnum):
    """Whether an answer helped."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict on one message, and why, if the reader said so. There is one for a message: the last one given."""

    verdict: Verdict
    comment: str | None
    given_at: datetime


def may_be_judged(author: Author, kind: Kind) -> bool:
    """Tell whether readers may judge such a message: what the bot or a person answered them."""
    return author in (Author.BOT, Author.AGENT) and kind is not Kind.NOTE
