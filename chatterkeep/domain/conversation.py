"""A conversation as a value: one run of a flow, from its first message to complete, closed or expired."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chatterkeep.domain.flow import Flow

_WAITED: Final = timedelta(seconds=30)


class Status(StrEnum):
    """Where a conversation is in its life."""

    OPEN = "open"
    COMPLETE = "complete"
    CLOSED = "closed"
    EXPIRED = "expired"


class Owner(StrEnum):
    """Who answers."""

    BOT = "bot"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A snapshot. `number` counts the session's conversations from 1; `last_seq` is its newest message's number."""

    number: int
    flow: str
    flow_version: str
    state: str
    owner: Owner
    last_message_at: datetime
    status: Status = Status.OPEN
    answers: Mapping[str, str] = field(default_factory=dict)
    last_seq: int = 0

    def is_over(self, now: datetime, timeout: timedelta) -> bool:
        """Tell whether the next message starts a new conversation."""
        return self.status in (Status.CLOSED, Status.EXPIRED) or now - self.last_message_at > timeout

    def reopened(self, now: datetime) -> "Conversation":
        """Return it as it stands for a message that names it, which may come after any time and after its end."""
        over = self.status in (Status.CLOSED, Status.EXPIRED)
        return replace(self, status=Status.OPEN if over else self.status, last_message_at=now)


def in_order(now: datetime, before: Conversation | None) -> datetime:
    """Return the time of a message: no earlier than that of the one before it, for whose end it may have waited.

    That takes seconds. Where it would be more, a clock was set in between, and is believed.
    """
    return max(now, before.last_message_at) if before and before.last_message_at - now < _WAITED else now


def begin(flow: Flow, number: int, now: datetime) -> Conversation:
    """Return a new conversation at the start of a flow."""
    return Conversation(
        number=number,
        flow=flow.name,
        flow_version=flow.version,
        state=flow.start,
        owner=Owner.HUMAN if flow.human else Owner.BOT,
        last_message_at=now,
    )
