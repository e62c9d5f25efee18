"""What a message led to, as the caller is told: now, and again whenever the same delivery comes back."""

from dataclasses import dataclass
from enum import StrEnum

from chatterkeep.domain.markdown import footnoted
from chatterkeep.domain.replies import Reply, ReplyState


class ReplyStatus(StrEnum):
    """Where the reply to a message stands."""

    DONE = "done"
    WAITING = "waiting"
    PENDING = "pending"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one turn. `seq` numbers the message; its replies have the numbers after it.

    `generated` is the reply that an answerer writes, as it stood when this was told.
    """

    session_id: str
    conversation_id: str
    seq: int
    replies: tuple[str, ...]
    state: str
    replayed: bool = False
    generated: Reply | None = None

    @property
    def status(self) -> ReplyStatus:
        """DONE once the bot has answered, PENDING while a reply is written, WAITING while a person is to answer."""
        if self.generated:
            return status_of(self.generated)
        return ReplyStatus.DONE if self.replies else ReplyStatus.WAITING

    @property
    def reply(self) -> str | None:
        """What the bot said, or None where a person answers, or where it has not ended yet."""
        if self.generated:
            return self.generated.text if self.generated.state.ended else None
        return "\n".join(self.replies) if self.replies else None

    @property
    def plain_reply(self) -> str | None:
        """The reply where nothing shows Markdown, such as on a phone: in plain text, its sources below it."""
        if self.generated and self.reply:
            return footnoted(self.reply, self.generated.basis)
        return self.reply

    @property
    def message_id(self) -> str:
        """The public id of the inbound message."""
        return message_id(self.conversation_id, self.seq)

    @property
    def reply_id(self) -> str | None:
        """The public id of the last reply."""
        if self.generated:
            return self.generated.reply_id
        return message_id(self.conversation_id, self.seq + len(self.replies)) if self.replies else None


def status_of(reply: Reply) -> ReplyStatus:
    """Return where a generated reply stands, as callers are told."""
    return ReplyStatus(ReplyState.PENDING if reply.state is ReplyState.WRITING else reply.state)


def message_id(conversation_id: str, seq: int) -> str:
    """Return a message's public id: its conversation's UUID and its number there, such as `…-9f1c.4`."""
    return f"{conversation_id}.{seq}"
