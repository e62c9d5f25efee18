"""Reads a session's messages for showing: the newest ones, what came after a point, what came before one."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select, tuple_

from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.storage.basis import open_basis
from chatterkeep.storage.crypto import DataKey
from chatterkeep.storage.feedback import FEEDBACK, WITH_FEEDBACK, open_feedback
from chatterkeep.storage.instants import from_micros
from chatterkeep.storage.models import ConversationRecord, MessageRecord
from chatterkeep.storage.places import body_place
from chatterkeep.storage.statements import Row, Statement

_PLACE: Final = tuple_(ConversationRecord.number, MessageRecord.seq)
_HERE: Final = tuple_(bindparam("number"), bindparam("seq"))
MESSAGES: Final = (
    select(
        ConversationRecord.number,
        MessageRecord.seq,
        ConversationRecord.public_id,
        MessageRecord.author,
        MessageRecord.kind,
        MessageRecord.state,
        MessageRecord.body,
        MessageRecord.created_at,
        MessageRecord.basis,
        *FEEDBACK,
    )
    .select_from(ConversationRecord)
    .join(MessageRecord, MessageRecord.conversation_id == ConversationRecord.id)
    .join(*WITH_FEEDBACK, isouter=True)
    .where(MessageRecord.kind != Kind.NOTE.value)
    .limit(bindparam("limit"))
)
"""Messages without notes; `line_of` reads its rows, which may have further columns."""

_MINE: Final = MESSAGES.where(ConversationRecord.session_id == bindparam("session"))
_AFTER: Final = Statement(_MINE.where(_PLACE > _HERE).order_by(ConversationRecord.number, MessageRecord.seq))
_BEFORE: Final = Statement(
    _MINE.where(_PLACE < _HERE).order_by(ConversationRecord.number.desc(), MessageRecord.seq.desc())
)


def lines_after(connection: Connection, session: int, data_key: DataKey, place: Position, limit: int) -> list[Line]:
    """Return up to `limit` messages after a place, oldest first."""
    rows = _AFTER.all(connection, session=session, number=place.number, seq=place.seq, limit=limit)
    return _lines(rows, data_key)


def lines_before(connection: Connection, session: int, data_key: DataKey, place: Position, limit: int) -> list[Line]:
    """Return the last `limit` messages before a place, oldest first."""
    rows = _BEFORE.all(connection, session=session, number=place.number, seq=place.seq, limit=limit)
    return _lines(rows[::-1], data_key)


def line_of(row: Row, data_key: DataKey) -> Line:
    """Read a row of MESSAGES."""
    number, seq, conversation_id, author, kind, state, body, created_at, basis, *feedback = row
    return Line(
        position=Position(number, seq),
        conversation_id=conversation_id,
        author=Author(author),
        kind=Kind(kind),
        state=state,
        text=data_key.decrypt(bytes(body), body_place(conversation_id, seq)),
        created_at=from_micros(created_at),
        basis=open_basis(data_key, basis, conversation_id, seq),
        feedback=open_feedback(data_key, feedback, conversation_id, seq),
    )


def _lines(rows: Sequence[Row], data_key: DataKey) -> list[Line]:
    return [line_of(row, data_key) for row in rows]
