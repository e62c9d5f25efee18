"""A generated reply as a value: a row with a life of its own, from pending to done, stopped or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chatterkeep.domain.answers import Failure, Usage
from chatterkeep.domain.basis import NOTHING, Basis
from chatterkeep.domain.transcript import Position

BURST: Final = timedelta(seconds=1)
"""Messages that follow each other this quickly are one question."""

LEASE: Final = timedelta(seconds=8)
"""How long a writer that shows no life keeps a reply from others."""

MOST_CLAIMS: Final = 20
"""A reply that was begun so often and never ended takes its writers down; it fails.

Many, since a reply is also claimed anew wherever its process was asked to end.
"""

FALLBACK: Final = "Sorry, I could not answer just now. Please try again."
"""What is said in place of an answer that failed."""

NOTHING_YET: Final = "Stopped before anything was written."
"""What stands in place of an answer that was stopped at once."""


class ReplyState(StrEnum):
    """Where a reply is in its life; the last three are ends."""

    PENDING = "pending"
    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will come."""
        return self not in (ReplyState.PENDING, ReplyState.WRITING)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it stands: its text so far, or its final text at `position`.

    `fence` counts its writers: text under another fence begins anew. `question_seq` is the newest message that it
    answers; `attempt` counts the replies to that question from 1.
    """

    reply_id: str
    session_id: str
    conversation_id: str
    state: ReplyState
    fence: int
    text: str
    question_seq: int
    attempt: int
    created_at: datetime
    position: Position | None = None
    failure: Failure | None = None
    usage: Usage | None = None
    basis: Basis = NOTHING

    @property
    def may_retry(self) -> bool:
        """Tell whether another attempt makes sense."""
        return self.state in (ReplyState.STOPPED, ReplyState.FAILED)


@dataclass(frozen=True, slots=True)
class Active:
    """A reply that has not ended, as a new message finds it. `asked_at` is when its newest question came."""

    row: int
    reply_id: str
    state: ReplyState
    fence: int
    attempt: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write a reply: that of the writer with this fence, until its lease ends.

    `claims` counts those who had it, this one included.
    """

    row: int
    reply_id: str
    session: int
    conversation: int
    fence: int
    claims: int = 1


def joined(active: Sequence[Active], now: datetime) -> Active | None:
    """Return the reply that a new message becomes part of the question of, or None where it asks for one of its own.

    One that waits for its turn takes every message in. One that is being written begins again for a message of the
    same burst; a later message must not throw away what a person has read.
    """
    waiting = next((reply for reply in active if reply.state is ReplyState.PENDING), None)
    if waiting:
        return waiting
    return next((reply for reply in active if reply.attempt == 1 and now - reply.asked_at <= BURST), None)
