"""The table of what readers think of answers."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from chatterkeep.storage.models import Base, Key


class FeedbackRecord(Base):
    """What a reader thinks of one message, by its place: the last word counts. `comment` is ciphertext."""

    __tablename__ = "feedback"
    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "seq"], ["messages.conversation_id", "messages.seq"], ondelete="CASCADE"
        ),
        {"sqlite_with_rowid": False},
    )

    conversation_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(String(8))
    comment: Mapped[bytes | None]
    given_at: Mapped[datetime]
