"""What has changed lately, in any process: how readers that wait learn of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from chatterkeep.storage.claims import ACTIVE
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import ConversationRecord, ReplyRecord
from chatterkeep.storage.statements import Statement


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that changed in a session (row). An equal sign was seen before."""

    session: int
    mark: tuple[int, ...]


_TOUCHED: Final = Statement(
    select(ConversationRecord.session_id, ConversationRecord.id, ConversationRecord.version).where(
        ConversationRecord.last_message_at >= bindparam("since")
    )
)
_GROWING: Final = Statement(
    select(
        ConversationRecord.session_id,
        ReplyRecord.id,
        ReplyRecord.fence,
        ReplyRecord.lease_until,
        func.length(ReplyRecord.partial),
    )
    .select_from(ReplyRecord)
    .join(ConversationRecord, ConversationRecord.id == ReplyRecord.conversation_id)
    .where(ACTIVE)
)


def signs(connection: Connection, since: datetime) -> set[Sign]:
    """Return a sign for each conversation with a message since then, and for the text so far of each reply."""
    touched = _TOUCHED.all(connection, since=to_micros(since))
    return {Sign(row[0], row[1:]) for row in (*touched, *_GROWING.all(connection))}
