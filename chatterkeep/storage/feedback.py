"""Keeps what readers think of messages: one word for each, the last one."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.storage.crypto import DataKey
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models import MessageRecord
from chatterkeep.storage.models_feedback import FeedbackRecord
from chatterkeep.storage.places import comment_place
from chatterkeep.storage.statements import Statement

FEEDBACK: Final = (FeedbackRecord.verdict, FeedbackRecord.comment, FeedbackRecord.given_at)
"""The columns that `open_feedback` reads."""

WITH_FEEDBACK: Final = (
    FeedbackRecord,
    and_(FeedbackRecord.conversation_id == MessageRecord.conversation_id, FeedbackRecord.seq == MessageRecord.seq),
)
"""What to join to messages for those columns."""

_HERE: Final = and_(FeedbackRecord.conversation_id == bindparam("row"), FeedbackRecord.seq == bindparam("place"))
_SAID: Final[dict[str, Any]] = {name: bindparam(name) for name in ("verdict", "comment", "given_at")}
_KEY: Final[dict[str, Any]] = {"conversation_id": bindparam("row"), "seq": bindparam("place")}
_KEEP: Final = {
    "sqlite": Statement(
        sqlite.insert(FeedbackRecord)
        .values({**_KEY, **_SAID})
        .on_conflict_do_update(index_elements=["conversation_id", "seq"], set_=_SAID)
    ),
    "postgresql": Statement(
        postgresql.insert(FeedbackRecord)
        .values({**_KEY, **_SAID})
        .on_conflict_do_update(index_elements=["conversation_id", "seq"], set_=_SAID)
    ),
}
_FORGET: Final = Statement(delete(FeedbackRecord).where(_HERE))
_MESSAGE: Final = Statement(
    select(MessageRecord.author, MessageRecord.kind).where(
        MessageRecord.conversation_id == bindparam("row"), MessageRecord.seq == bindparam("place")
    )
)
_COMMENTS: Final = Statement(
    select(FeedbackRecord.seq, FeedbackRecord.comment).where(
        FeedbackRecord.conversation_id == bindparam("row"), FeedbackRecord.comment.is_not(None)
    )
)
_SET_COMMENT: Final = Statement(update(FeedbackRecord).where(_HERE).values(comment=bindparam("sealed")))


def message_at(connection: Connection, row: int, seq: int) -> tuple[Author, Kind] | None:
    """Return who wrote a message of a conversation (row), and what kind it is; None if there is none."""
    found = _MESSAGE.one(connection, row=row, place=seq)
    return (Author(found[0]), Kind(found[1])) if found else None


def keep_feedback(
    connection: Connection, data_key: DataKey, row: int, place: tuple[str, int], feedback: Feedback
) -> None:
    """Keep what a reader thinks of a message, in place of what they thought before.

    `row` is the conversation's, `place` its public id and the message's number there.
    """
    comment = None if feedback.comment is None else data_key.encrypt(feedback.comment, comment_place(*place))
    _KEEP[connection.dialect.name].count(
        connection,
        row=row,
        place=place[1],
        verdict=feedback.verdict.value,
        comment=comment,
        given_at=to_micros(feedback.given_at),
    )


def forget_feedback(connection: Connection, row: int, seq: int) -> bool:
    """Take back what a reader thought of a message; tell whether there was anything."""
    return bool(_FORGET.count(connection, row=row, place=seq))


def open_feedback(data_key: DataKey, columns: Sequence[Any], conversation_id: str, seq: int) -> Feedback | None:
    """Read the columns FEEDBACK of a message, whose time is in microseconds or a time. Raises CannotDecrypt."""
    verdict, comment, given_at = columns
    if verdict is None:
        return None
    said = None if comment is None else data_key.decrypt(bytes(comment), comment_place(conversation_id, seq))
    return Feedback(Verdict(verdict), said, from_micros(given_at) if isinstance(given_at, int) else given_at)


def recrypt_comments(connection: Connection, row: int, conversation_id: str, old: DataKey, new: DataKey) -> None:
    """Encrypt what was said of the messages of a conversation under another key."""
    for seq, comment in _COMMENTS.all(connection, row=row):
        place = comment_place(conversation_id, seq)
        sealed = new.encrypt(old.decrypt(bytes(comment), place), place)
        _SET_COMMENT.count(connection, row=row, place=seq, sealed=sealed)
