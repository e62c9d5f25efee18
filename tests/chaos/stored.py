"""Reads everything that is stored, past the application, as plain values."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from chatterkeep.domain.messages import Author
from chatterkeep.domain.replies import ReplyState
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.models import ConversationRecord, MessageRecord, ReplyRecord, SessionRecord
from chatterkeep.storage.places import body_place

_GIVEN_BACK = datetime.fromtimestamp(0, UTC)
_ACTIVE = (ReplyState.PENDING.value, ReplyState.WRITING.value)


@dataclass(frozen=True, slots=True)
class Line:
    """A stored message."""

    conversation: str
    seq: int
    author: Author
    text: str

    @property
    def message_id(self) -> str:
        return f"{self.conversation}.{self.seq}"


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """A stored reply."""

    reply_id: str
    conversation: str
    state: ReplyState
    question_seq: int
    attempt: int = 1
    seq: int | None = None
    lease_until: datetime | None = None
    partial: bytes | None = None
    failure: str | None = None
    fence: int = 1
    claims: int = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """All lines and replies, by conversation and number; `lengths` is what each conversation counts itself."""

    lines: tuple[Line, ...]
    replies: tuple[ReplyRow, ...]
    lengths: dict[str, int]


def unended(engine: Engine) -> int:
    """How many replies are still to be written."""
    with engine.connect() as connection:
        return len(connection.execute(select(ReplyRecord.id).where(ReplyRecord.state.in_(_ACTIVE))).all())


def leased(engine: Engine) -> int:
    """How many replies have a writer whose lease was not given back."""
    with engine.connect() as connection:
        return len(connection.execute(select(ReplyRecord.id).where(ReplyRecord.lease_until > _GIVEN_BACK)).all())


def being_written(engine: Engine) -> dict[str, dict[str, int]]:
    """The replies that are being written, by the names of their writers: the fence of each, by its id."""
    held: dict[str, dict[str, int]] = {}
    with engine.connect() as connection:
        rows = connection.execute(
            select(ReplyRecord.writer, ReplyRecord.public_id, ReplyRecord.fence).where(
                ReplyRecord.state == ReplyState.WRITING.value
            )
        )
        for writer, reply_id, fence in rows:
            held.setdefault(writer or "", {})[reply_id] = fence
    return held


def read(engine: Engine, vault: Vault) -> Stored:
    """Read and decrypt it all."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(
                ConversationRecord.public_id,
                MessageRecord.seq,
                MessageRecord.author,
                MessageRecord.body,
                SessionRecord.public_id,
                SessionRecord.data_key,
            )
            .select_from(MessageRecord)
            .join(ConversationRecord, ConversationRecord.id == MessageRecord.conversation_id)
            .join(SessionRecord, SessionRecord.id == ConversationRecord.session_id)
            .order_by(MessageRecord.conversation_id, MessageRecord.seq)
        ).all()
        lengths = connection.execute(select(ConversationRecord.public_id, ConversationRecord.last_seq)).all()
        replies = connection.execute(
            select(
                ReplyRecord.public_id,
                ConversationRecord.public_id,
                ReplyRecord.state,
                ReplyRecord.question_seq,
                ReplyRecord.attempt,
                ReplyRecord.seq,
                ReplyRecord.lease_until,
                ReplyRecord.partial,
                ReplyRecord.failure,
                ReplyRecord.fence,
                ReplyRecord.claims,
            )
            .join(ConversationRecord, ConversationRecord.id == ReplyRecord.conversation_id)
            .order_by(ReplyRecord.conversation_id, ReplyRecord.question_seq, ReplyRecord.attempt)
        ).all()
    lines = tuple(
        Line(
            conversation,
            seq,
            Author(author),
            vault.data_key(wrapped, session).decrypt(body, body_place(conversation, seq)),
        )
        for conversation, seq, author, body, session, wrapped in rows
    )
    stored = tuple(ReplyRow(row[0], row[1], ReplyState(row[2]), *row[3:]) for row in replies)
    return Stored(lines, stored, {row[0]: row[1] for row in lengths})
