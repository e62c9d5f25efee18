"""The tables of files that people sent. Their bytes lie in a folder of their own (blobs.py)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chatterkeep.storage.models import Base, Key


class FileRecord(Base):
    """A file of a session. `key` encrypts its bytes, what is known `about` it, and its `text`; the session's data key
    wraps it, so a new data key changes no other column.

    It hangs on the message `(conversation_id, seq)` once one was sent with it. `blob` is its name in the folder.
    """

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_conversation_id_seq", "conversation_id", "seq"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    session_id: Mapped[int] = mapped_column(Key, ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(Key, ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int | None]
    blob: Mapped[str] = mapped_column(String(32), unique=True)
    key: Mapped[bytes]
    size: Mapped[int]
    created_at: Mapped[datetime]
    about: Mapped[bytes]
    text: Mapped[bytes]


class DoomedFileRecord(Base):
    """A blob whose row is gone and that may still be there: it is removed right after, even if a process is killed."""

    __tablename__ = "doomed_files"

    blob: Mapped[str] = mapped_column(String(32), primary_key=True)
