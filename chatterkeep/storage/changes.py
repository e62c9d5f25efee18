"""What has changed lately, in any process: how readers that wait learn of it."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from chatterkeep.storage.claims import ACTIVE
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import ConversationRecord, ReplyRecord
from chatterkeep.storage.statements import Row, Statement


@dataclass(frozen=True, slots=True)
class Signs:
    """What changed of late. Each sign is a row that begins with the session's (row); an equal one was seen before.

    After it, a sign of a conversation tells its number and that of its last message.
    """

    conversations: Set[Row]
    replies: Set[Row]


_TOUCHED: Final = Statement(
    select(
        ConversationRecord.session_id,
        ConversationRecord.number,
        ConversationRecord.last_seq,
        ConversationRecord.version,
    ).where(ConversationRecord.last_message_at >= bindparam("since"))
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


def signs(connection: Connection, since: datetime) -> Signs:
    """Return a sign for each conversation with a message since then, and for the text so far of each reply."""
    conversations = _TOUCHED.all(connection, since=to_micros(since))
    return Signs(frozenset(conversations), frozenset(_GROWING.all(connection)))
