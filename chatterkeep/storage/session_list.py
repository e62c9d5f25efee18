"""Reads the list of sessions, those of newest activity first. It opens no message.

The list walks `ix_conversations_last_message_at_id` and passes over conversations that are not their session's newest:
of those that are there, since one that was newer may have been deleted.
It is cut to a page first and joined afterwards, so that no other table can lead the plan.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, tuple_

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.inbox import Place, Who
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.sessions import Standing, Summary
from chatterkeep.storage.crypto import CannotDecrypt, Vault
from chatterkeep.storage.inbox import addresses_of, sessions_of
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models import ConversationRecord, SessionRecord
from chatterkeep.storage.places import address_place, claim_place
from chatterkeep.storage.statements import Row, Statement

_C: Final = ConversationRecord.__table__.c
_OTHER: Final = ConversationRecord.__table__.alias("other")
_NEWEST: Final = (
    select(func.max(_OTHER.c.number)).where(_OTHER.c.session_id == _C.session_id).correlate(ConversationRecord)
).scalar_subquery()
_TOP: Final = 2**63 - 1


def _listing(condition: ColumnElement[bool]) -> Select[Any]:
    cut = (
        select(
            *(_C.last_message_at, _C.id, _C.session_id),
            *(_C.flow, _C.state, _C.owner, _C.status, _C.outcome, _C.assignee),
        )
        .where(_C.number == _NEWEST, condition)
        .order_by(_C.last_message_at.desc(), _C.id.desc())
        .limit(bindparam("limit"))
        .subquery()
    )
    return (
        select(
            cut,
            SessionRecord.public_id,
            SessionRecord.data_key,
            SessionRecord.created_at,
            SessionRecord.channel,
            SessionRecord.claimed_phone,
        )
        .select_from(cut)
        .join(SessionRecord, SessionRecord.id == cut.c.session_id)
        .order_by(cut.c.last_message_at.desc(), cut.c.id.desc())
    )


_LIST: Final = Statement(_listing(tuple_(_C.last_message_at, _C.id) < tuple_(bindparam("at"), bindparam("row"))))
_OF_SESSION: Final = Statement(_listing(_C.session_id == bindparam("session")))


def list_sessions(connection: Connection, vault: Vault, before: Place | None, limit: int) -> list[Summary]:
    """Return up to `limit` sessions in which something was said: the newest, or those after a place in the list."""
    at, row = (to_micros(before.at), before.row) if before else (_TOP, _TOP)
    return _summaries(connection, vault, _LIST.all(connection, at=at, row=row, limit=limit))


def list_sessions_of(connection: Connection, vault: Vault, phone: PhoneNumber, limit: int) -> list[Summary]:
    """Return up to `limit` sessions of a number, and of visitors who typed it, in which something was said."""
    sessions = set(connection.scalars(sessions_of(vault, phone)))
    rows = [row for session in sessions for row in _OF_SESSION.all(connection, session=session, limit=1)]
    return _summaries(connection, vault, sorted(rows, reverse=True)[:limit])


def _summaries(connection: Connection, vault: Vault, rows: Sequence[Row]) -> list[Summary]:
    addresses = addresses_of(connection, [found[2] for found in rows])
    return [_summary(vault, found, addresses.get(found[2])) for found in rows]


def _summary(vault: Vault, row: Row, address: tuple[bytes, bytes] | None) -> Summary:
    at, conversation, _, flow, state, owner, status, outcome, assignee, session_id, _, created_at, channel, _ = row
    return Summary(
        place=Place(from_micros(at), conversation),
        session_id=session_id,
        created_at=from_micros(created_at),
        who=Who(Channel(channel), _phone(vault, row, address)),
        standing=Standing(flow, state, Owner(owner), Status(status), outcome, assignee),
    )


def _phone(vault: Vault, row: Row, address: tuple[bytes, bytes] | None) -> PhoneNumber | None:
    """The number a session belongs to, else the one it claims; None also where its key is gone."""
    *_, session_id, wrapped, _, _, claimed = row
    blob, place = (address[1], address_place(address[0])) if address else (claimed, claim_place(session_id))
    if blob is None:
        return None
    try:
        return PhoneNumber(vault.data_key(bytes(wrapped), session_id).decrypt(bytes(blob), place))
    except CannotDecrypt:
        return None
