"""The tables, as plain SQLAlchemy models. Everything a person wrote, and their number, is ciphertext."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from chatterkeep.storage.instants import Instant

_CLUSTERED = {"sqlite_with_rowid": False}
_NEVER_AGAIN = {"sqlite_autoincrement": True}
"""Row numbers that are given out once. SQLite would give that of an erased row to the next one, and whoever still
holds it would write there; PostgreSQL never does."""

Key = BigInteger().with_variant(Integer, "sqlite")
"""A row number. SQLite only counts up by itself in a column declared INTEGER."""


class Base(DeclarativeBase):
    """The declarative base. Constraints have predictable names, so that migrations can name them on any database."""

    registry = registry(
        type_annotation_map={datetime: Instant, bytes: LargeBinary},
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


class SessionRecord(Base):
    """A person's place with us. `data_key` encrypts everything below it; without it the rest is noise."""

    __tablename__ = "sessions"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    data_key: Mapped[bytes]
    channel: Mapped[str] = mapped_column(String(16))
    last_number: Mapped[int] = mapped_column(default=0)
    claimed_phone: Mapped[bytes | None]
    claimed_lookup: Mapped[bytes | None] = mapped_column(index=True)
    context: Mapped[bytes | None]
    created_at: Mapped[datetime]


class AddressRecord(Base):
    """Where a person can be reached: looked up by keyed hash, shown by decrypting.

    `proved_at` is the last sign that it is still this person's: a message from there, or a code that came back.
    """

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("lookup", "channel"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    lookup: Mapped[bytes]
    pepper_version: Mapped[int]
    ciphertext: Mapped[bytes]
    created_at: Mapped[datetime]
    proved_at: Mapped[datetime]


_UNINDEXED = text("indexed_seq < last_seq")


class ConversationRecord(Base):
    """One run of a flow. `version` counts its changes: a writer that decided on an older one writes nothing.

    The words of its messages up to `indexed_seq` are in the index. `title` is the name that somebody gave it.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        Index("ix_conversations_last_message_at_id", "last_message_at", "id"),
        Index("ix_conversations_unindexed", "id", sqlite_where=_UNINDEXED, postgresql_where=_UNINDEXED),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    number: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    flow: Mapped[str] = mapped_column(String(64))
    flow_version: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(16))
    answers: Mapped[bytes | None]
    last_seq: Mapped[int]
    indexed_seq: Mapped[int] = mapped_column(server_default=text("0"))
    outcome: Mapped[str | None] = mapped_column(String(64))
    assignee: Mapped[str | None] = mapped_column(String(64))
    title: Mapped[bytes | None]
    created_at: Mapped[datetime]
    last_message_at: Mapped[datetime]


_NOTE = text("kind = 'note'")
"""How many notes a conversation has; with its kind as well, or SQLite would rather read all of the conversation."""


class MessageRecord(Base):
    """One line of a conversation. `state` is where the flow stood after it, `basis` what an answer rests on."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_notes", "conversation_id", "kind", sqlite_where=_NOTE, postgresql_where=_NOTE),
        _CLUSTERED,
    )

    conversation_id: Mapped[int] = mapped_column(
        Key, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes]
    basis: Mapped[bytes | None]
    created_at: Mapped[datetime]


_ACTIVE = text("state IN ('pending', 'writing')")


class ReplyRecord(Base):
    """A generated reply. Its message is added when it ends, as number `seq`; until then `partial` is its text so far.

    `fence` counts its beginnings, `claims` those who took it on, of whom `writer` is the present one, waited for until
    `lease_until`; `stopping` asks it to end with what it has. A conversation has at most one reply that is being
    written, and one that waits.
    """

    __tablename__ = "replies"
    __table_args__ = (
        UniqueConstraint("conversation_id", "question_seq", "attempt"),
        Index(
            "uq_replies_active", "conversation_id", "state", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
        ),
        Index("ix_replies_conversation_id_seq", "conversation_id", "seq"),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    conversation_id: Mapped[int] = mapped_column(Key, ForeignKey("conversations.id", ondelete="CASCADE"))
    question_seq: Mapped[int]
    attempt: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    fence: Mapped[int]
    claims: Mapped[int]
    writer: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    stopping: Mapped[bool] = mapped_column(server_default=false())
    partial: Mapped[bytes | None]
    seq: Mapped[int | None]
    failure: Mapped[str | None] = mapped_column(String(24))
    model: Mapped[str | None] = mapped_column(String(128))
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    first_token_ms: Mapped[int | None]
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DeliveryRecord(Base):
    """A delivery that had its effect; kept for ever, so that the same one never has another.

    `key` and `fingerprint` are keyed hashes of the client's id and of what it sent. The message it became is
    `(conversation_id, seq)`, answered by the `replies` messages after it, or by a generated reply if it `asks`.
    """

    __tablename__ = "deliveries"
    __table_args__ = _CLUSTERED

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    fingerprint: Mapped[bytes]
    conversation_id: Mapped[int | None] = mapped_column(
        Key, ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    seq: Mapped[int]
    replies: Mapped[int]
    asks: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]


class WordRecord(Base):
    """One word of one message, by keyed hash: where staff find it again. Newest messages stand first in each word."""

    __tablename__ = "words"
    __table_args__ = _CLUSTERED

    word: Mapped[bytes] = mapped_column(LargeBinary(8), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class WordIndexRecord(Base):
    """How the index of words stands: one row, once there is an index. `version` is that of the words in it."""

    __tablename__ = "word_index"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8))
