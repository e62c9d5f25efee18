"""Finds and removes what is too old: conversations, sessions that hold nothing any more, ended tokens, old attempts.

Each call is one small step for one transaction, and does what there is to do at that moment: two processes at the
same work take turns, and neither removes what changed meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select

from chatterkeep.domain.erasure import Counts
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.erasing import (
    count_belongings,
    count_conversations,
    count_sessions,
    erase_conversations,
    erase_sessions,
)
from chatterkeep.storage.models import AddressRecord, ConversationRecord, SessionRecord
from chatterkeep.storage.models_access import CodeRecord, ProofRecord, TokenRecord

CONVERSATIONS: Final = 100
"""How many conversations are removed in one step at most."""

MESSAGES: Final = 2000
"""After how many messages a step takes no further conversation: others wait for it."""

SESSIONS: Final = 1000
"""How many sessions are looked at in one step, and links removed."""

_EMPTY: Final = ~select(ConversationRecord.id).where(ConversationRecord.session_id == SessionRecord.id).exists()


def count_expired(connection: Connection, before: datetime) -> Counts:
    """Count what `remove_expired` and `remove_empty` would remove, one after the other, until nothing is left."""
    record = ConversationRecord
    expired = select(record.id).where(record.last_message_at < before)
    kept = select(record.id).where(record.session_id == SessionRecord.id, record.last_message_at >= before)
    left = select(SessionRecord.id).where(~kept.exists(), _unused(before))
    return count_conversations(connection, expired) + count_sessions(connection, left)


def remove_expired(connection: Connection, vault: Vault, before: datetime) -> Counts:
    """Remove some of the conversations whose last message is older than a moment, and sessions left without any.

    A session stays whose link was used since. Nothing removed means that nothing is left to do.
    """
    record = ConversationRecord
    query = (
        select(record.id, record.session_id, record.last_seq)
        .where(record.last_message_at < before)
        .order_by(record.last_message_at, record.id)
        .limit(CONVERSATIONS)
        .with_for_update(skip_locked=True)
    )
    chosen, messages = [], 0
    for row in connection.execute(query):
        chosen.append(row)
        messages += row.last_seq
        if messages >= MESSAGES:
            break
    if not chosen:
        return Counts()
    rows = [row.id for row in chosen]
    counts = count_conversations(connection, rows)
    erase_conversations(connection, vault, rows)
    emptied = _remove(connection, vault, list({row.session_id for row in chosen}), _left(before))
    return counts + emptied


def look_for_empty(connection: Connection, after: int, before: datetime, keeping: bool) -> tuple[list[int], int | None]:
    """Look at the next sessions after a row; return those that hold nothing, and the last row that was looked at.

    With `keeping`, all is kept until somebody erases it, and so only sessions are found that nobody can reach.
    """
    nearby = select(SessionRecord.id).where(SessionRecord.id > after).order_by(SessionRecord.id).limit(SESSIONS)
    last = connection.scalar(select(func.max(nearby.subquery().c.id)))
    if last is None:
        return [], None
    here = and_(SessionRecord.id > after, SessionRecord.id <= last)
    found = connection.scalars(select(SessionRecord.id).where(here, _wanted(before, keeping)))
    return list(found), last


def remove_empty(connection: Connection, vault: Vault, rows: Sequence[int], before: datetime, keeping: bool) -> Counts:
    """Remove those of these sessions that still hold nothing."""
    return _remove(connection, vault, rows, _wanted(before, keeping))


def _remove(connection: Connection, vault: Vault, rows: Sequence[int], condition: ColumnElement[bool]) -> Counts:
    """Remove those of these sessions that meet a condition."""
    record = SessionRecord
    query = select(record.id).where(record.id.in_(rows), condition).order_by(record.id)
    chosen = connection.scalars(query.with_for_update(skip_locked=True)).all()
    if not chosen:
        return Counts()
    counts = count_belongings(connection, chosen)
    erase_sessions(connection, vault, chosen)
    return counts


def remove_ended_tokens(connection: Connection, now: datetime) -> int:
    """Remove some of the links and tokens that have ended; return how many."""
    ended = select(TokenRecord.hash).where(TokenRecord.ends_at <= now).limit(SESSIONS)
    return connection.execute(delete(TokenRecord).where(TokenRecord.hash.in_(ended))).rowcount


def remove_old_attempts(connection: Connection, before: datetime) -> int:
    """Remove the attempts to prove a number, and the codes, that are too old to count; return how many."""
    codes = connection.execute(delete(CodeRecord).where(CodeRecord.created_at < before)).rowcount
    return codes + connection.execute(delete(ProofRecord).where(ProofRecord.created_at < before)).rowcount


def _wanted(before: datetime, keeping: bool) -> ColumnElement[bool]:
    return and_(_left(before), _UNREACHABLE) if keeping else _left(before)


def _left(before: datetime) -> ColumnElement[bool]:
    """Sessions without a conversation, and unused."""
    return and_(_EMPTY, _unused(before))


def _unused(before: datetime) -> ColumnElement[bool]:
    """Sessions that were made before a moment, with no link that was used since."""
    used = select(TokenRecord.hash).where(TokenRecord.session_id == SessionRecord.id, TokenRecord.used_at >= before)
    return and_(SessionRecord.created_at < before, ~used.exists())


_UNREACHABLE: Final = and_(
    ~select(TokenRecord.hash).where(TokenRecord.session_id == SessionRecord.id).exists(),
    ~select(AddressRecord.id).where(AddressRecord.session_id == SessionRecord.id).exists(),
)
