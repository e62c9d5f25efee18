"""Reads one conversation for staff, with all that belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from chatterkeep.domain.basis import NOTHING, Basis
from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.inbox import Case, Change, Part, Sibling
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.storage.basis import open_basis
from chatterkeep.storage.crypto import CannotDecrypt, DataKey, Vault
from chatterkeep.storage.feedback import FEEDBACK, WITH_FEEDBACK, open_feedback
from chatterkeep.storage.inbox import (
    CONVERSATIONS,
    SESSION,
    UNREADABLE,
    addresses_of,
    open_data_key,
    readable,
    who_of,
)
from chatterkeep.storage.known import read_answers
from chatterkeep.storage.models import ConversationRecord, MessageRecord, SessionRecord
from chatterkeep.storage.places import body_place


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation with what leads to its messages and to others of its session."""

    row: int
    session: int
    data_key: DataKey | None
    case: Case


def find_case(connection: Connection, vault: Vault, conversation_id: str) -> Found | None:
    """Return a conversation by its public id, None if there is none."""
    query = (
        select(CONVERSATIONS, *SESSION)
        .select_from(ConversationRecord)
        .join(SessionRecord, SessionRecord.id == ConversationRecord.session_id)
        .where(ConversationRecord.public_id == conversation_id)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    data_key = open_data_key(vault, row)
    address = addresses_of(connection, [row.session_id]).get(row.session_id)
    return Found(row.id, row.session_id, data_key, _case(data_key, row, address))


def find_lines(connection: Connection, found: Found, part: Part, limit: int) -> list[Line]:
    """Return up to `limit` lines of a part, those next to where it begins, oldest first. Notes are among them."""
    record = MessageRecord
    query = (
        select(record.__table__, *FEEDBACK)
        .join(*WITH_FEEDBACK, isouter=True)
        .where(record.conversation_id == found.row)
        .limit(limit)
    )
    if part.newer:
        query = query.where(record.seq > part.seq).order_by(record.seq)
    else:
        query = query.where(record.seq < part.seq).order_by(record.seq.desc())
    lines = [_line(found, row) for row in connection.execute(query)]
    return lines if part.newer else lines[::-1]


def find_changes(connection: Connection, found: Found, limit: int) -> list[Change]:
    """Return the newest `limit` messages with which the state changed, oldest first; the first message is one."""
    record = MessageRecord
    before = func.lag(record.state).over(order_by=record.seq).label("before")
    passed = (
        select(record.state, record.seq, record.created_at, before)
        .where(record.conversation_id == found.row)
        .subquery()
    )
    query = (
        select(passed.c.state, passed.c.seq, passed.c.created_at)
        .where(or_(passed.c.before.is_(None), passed.c.before != passed.c.state))
        .order_by(passed.c.seq.desc())
        .limit(limit)
    )
    return [Change(row.state, row.seq, row.created_at) for row in connection.execute(query)][::-1]


def find_siblings(connection: Connection, found: Found, limit: int) -> list[Sibling]:
    """Return the newest conversations of a conversation's session, newest first."""
    record = ConversationRecord
    query = (
        select(record.public_id, record.number, record.flow, record.state, record.created_at)
        .where(record.session_id == found.session)
        .order_by(record.number.desc())
        .limit(limit)
    )
    return [Sibling(*row) for row in connection.execute(query)]


def _case(data_key: DataKey | None, row: Row[Any], address: tuple[bytes, bytes] | None) -> Case:
    return Case(
        session_id=row.session_public_id,
        conversation_id=row.public_id,
        number=row.number,
        who=who_of(data_key, row, address),
        flow=row.flow,
        flow_version=row.flow_version,
        state=row.state,
        status=Status(row.status),
        owner=Owner(row.owner),
        answers=_answers(data_key, row),
        count=row.last_seq,
        created_at=row.created_at,
        last_message_at=row.last_message_at,
    )


def _line(found: Found, row: Row[Any]) -> Line:
    conversation_id = found.case.conversation_id
    return Line(
        position=Position(found.case.number, row.seq),
        conversation_id=conversation_id,
        author=Author(row.author),
        kind=Kind(row.kind),
        state=row.state,
        text=readable(found.data_key, row.body, body_place(conversation_id, row.seq)),
        created_at=row.created_at,
        basis=_basis(found, row),
        feedback=_feedback(found, row),
    )


def _feedback(found: Found, row: Row[Any]) -> Feedback | None:
    columns = (row.verdict, row.comment, row.given_at)
    try:
        return open_feedback(found.data_key, columns, found.case.conversation_id, row.seq) if found.data_key else None
    except CannotDecrypt:
        return Feedback(Verdict(row.verdict), UNREADABLE, row.given_at)


def _basis(found: Found, row: Row[Any]) -> Basis:
    try:
        return open_basis(found.data_key, row.basis, found.case.conversation_id, row.seq) if found.data_key else NOTHING
    except CannotDecrypt:
        return NOTHING


def _answers(data_key: DataKey | None, row: Row[Any]) -> Mapping[str, str]:
    try:
        return read_answers(data_key, row.answers, row.public_id) if data_key else {}
    except CannotDecrypt:
        return {"all": UNREADABLE}
