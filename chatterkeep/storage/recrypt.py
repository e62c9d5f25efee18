"""Encrypts conversations anew, under another data key: when a session gets a new key, or joins another session."""

from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, null, select, update

from chatterkeep.domain.replies import ReplyState
from chatterkeep.storage.basis import open_basis, seal_basis
from chatterkeep.storage.claims import ACTIVE
from chatterkeep.storage.crypto import DataKey
from chatterkeep.storage.feedback import recrypt_comments
from chatterkeep.storage.models import ConversationRecord, MessageRecord, ReplyRecord
from chatterkeep.storage.places import answers_place, body_place, title_place
from chatterkeep.storage.statements import Statement

_TOGETHER: Final = 500

_CONVERSATIONS: Final = Statement(
    select(ConversationRecord.id, ConversationRecord.public_id, ConversationRecord.answers, ConversationRecord.title)
    .where(ConversationRecord.session_id == bindparam("session"))
    .order_by(ConversationRecord.id)
    .with_for_update()
)
_SET_CONVERSATION: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"))
    .values(answers=bindparam("answered"), title=bindparam("name"), version=ConversationRecord.version + 1)
)
_BODIES: Final = Statement(
    select(MessageRecord.seq, MessageRecord.body, MessageRecord.basis)
    .where(MessageRecord.conversation_id == bindparam("row"), MessageRecord.seq > bindparam("seq"))
    .order_by(MessageRecord.seq)
    .limit(bindparam("limit"))
)
_SET_BODY: Final = Statement(
    update(MessageRecord)
    .where(and_(MessageRecord.conversation_id == bindparam("row"), MessageRecord.seq == bindparam("place")))
    .values(body=bindparam("sealed"), basis=bindparam("basis"))
)
_GIVE_BACK: Final = Statement(
    update(ReplyRecord)
    .where(ReplyRecord.conversation_id == bindparam("row"), ACTIVE, ReplyRecord.state == ReplyState.WRITING.value)
    .values(fence=ReplyRecord.fence + 1, lease_until=0, partial=null())
)


def recrypt_conversations(connection: Connection, session: int, old: DataKey, new: DataKey) -> int:
    """Encrypt all that was said and collected in a session under another key; return how many messages that were.

    Whoever decided on one of these conversations before finds a newer version, and decides again. Replies that are
    being written are given back: their writers hold the old key, so somebody must begin them again.
    """
    count = 0
    for row, conversation_id, answers, title in _CONVERSATIONS.all(connection, session=session):
        answered = _changed(answers, answers_place(conversation_id), old, new)
        name = _changed(title, title_place(conversation_id), old, new)
        _SET_CONVERSATION.count(connection, row=row, answered=answered, name=name)
        _GIVE_BACK.count(connection, row=row)
        count += _recrypt_messages(connection, row, conversation_id, old, new)
        recrypt_comments(connection, row, conversation_id, old, new)
    return count


def _changed(blob: Any, place: str, old: DataKey, new: DataKey) -> bytes | None:
    return None if blob is None else new.encrypt(old.decrypt(bytes(blob), place), place)


def _recrypt_messages(connection: Connection, row: int, conversation_id: str, old: DataKey, new: DataKey) -> int:
    count, seq = 0, 0
    while found := _BODIES.all(connection, row=row, seq=seq, limit=_TOGETHER):
        _SET_BODY.each(connection, [_sealed(row, conversation_id, line, old, new) for line in found])
        count, seq = count + len(found), found[-1][0]
    return count


def _sealed(row: int, conversation_id: str, line: Any, old: DataKey, new: DataKey) -> dict[str, Any]:
    seq, body, basis = line
    place = body_place(conversation_id, seq)
    rests_on = open_basis(old, basis, conversation_id, seq)
    return {
        "row": row,
        "place": seq,
        "sealed": new.encrypt(old.decrypt(bytes(body), place), place),
        "basis": seal_basis(new, rests_on, conversation_id, seq),
    }
