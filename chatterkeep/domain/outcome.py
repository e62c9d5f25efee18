"""What a message led to, as the caller is told: now, and again whenever the same delivery comes back."""

from dataclasses import dataclass
from enum import StrEnum


class ReplyStatus(StrEnum):
    """Where the reply to a message stands."""

    DONE = "done"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one turn. `seq` numbers the message; its replies have the numbers after it."""

    session_id: str
    conversation_id: str
    seq: int
    replies: tuple[str, ...]
    state: str
    replayed: bool = False

    @property
    def status(self) -> ReplyStatus:
        """DONE once the bot has answered, WAITING while a person is to answer."""
        return ReplyStatus.DONE if self.replies else ReplyStatus.WAITING

    @property
    def reply(self) -> str | None:
        """What the bot said, or None where a person answers."""
        return "\n".join(self.replies) if self.replies else None

    @property
    def message_id(self) -> str:
        """The public id of the inbound message."""
        return message_id(self.conversation_id, self.seq)

    @property
    def reply_id(self) -> str | None:
        """The public id of the last reply."""
        return message_id(self.conversation_id, self.seq + len(self.replies)) if self.replies else None


def message_id(conversation_id: str, seq: int) -> str:
    """Return a message's public id: its conversation's UUID and its number there, such as `…-9f1c.4`."""
    return f"{conversation_id}.{seq}"
