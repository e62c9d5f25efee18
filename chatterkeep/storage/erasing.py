"""Erases sessions with all that belongs to them, and keeps receipts that tell nothing of whom.

What stays: of each delivery its keyed hash, so that the same one cannot bring anything back; of attempts to prove a
number their count for a day or two, without number and code; the audit; the receipt.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, null, select, update

from chatterkeep.domain.erasure import By, Counts, Holding, Receipt
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.doomed import doom
from chatterkeep.storage.files import remove_files
from chatterkeep.storage.inbox import proved_sessions_of, sessions_of
from chatterkeep.storage.models import (
    AddressRecord,
    ConversationRecord,
    DeliveryRecord,
    MessageRecord,
    ReplyRecord,
    SessionRecord,
)
from chatterkeep.storage.models_access import CodeRecord, ProofRecord, TokenRecord
from chatterkeep.storage.models_feedback import FeedbackRecord
from chatterkeep.storage.models_files import FileRecord
from chatterkeep.storage.models_ledger import ErasureRecord
from chatterkeep.storage.parts import parts
from chatterkeep.storage.words import forget_conversation_words

Rows = Sequence[int] | Select[int]
"""Rows, or what finds them."""


def find_row(connection: Connection, session_id: str) -> int | None:
    """Return the row of a session, None if there is none. Nothing is decrypted: what cannot be read can be erased."""
    return connection.scalar(select(SessionRecord.id).where(SessionRecord.public_id == session_id))


def sessions_of_number(connection: Connection, vault: Vault, phone: PhoneNumber, *, proved_only: bool) -> list[str]:
    """Return the ids of the sessions of a number, on whatever channel, and of those of visitors who typed it."""
    rows = proved_sessions_of(vault, phone) if proved_only else sessions_of(vault, phone)
    query = select(SessionRecord.public_id).where(SessionRecord.id.in_(rows))
    return list(connection.scalars(query.order_by(SessionRecord.id)))


def find_holding(connection: Connection, session_id: str) -> Holding | None:
    """Return what is kept of a session, None if there is none. Nothing is decrypted."""
    record = SessionRecord
    query = select(record.id, record.channel, record.claimed_lookup).where(record.public_id == session_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    owned = _count(connection, AddressRecord, AddressRecord.session_id == row.id)
    proved = bool(owned) if owned or row.claimed_lookup else None
    return Holding(session_id, Channel(row.channel), proved, count_belongings(connection, [row.id]))


def count_belongings(connection: Connection, sessions: Rows) -> Counts:
    """Count what there is of sessions. Replies are those that still wait, or were generated."""
    conversations = select(ConversationRecord.id).where(ConversationRecord.session_id.in_(sessions))
    return count_sessions(connection, sessions) + count_conversations(connection, conversations)


def count_sessions(connection: Connection, sessions: Rows) -> Counts:
    """Count sessions and what belongs to them, without their conversations."""
    typed = and_(SessionRecord.id.in_(sessions), SessionRecord.claimed_lookup.is_not(None))
    owned = _count(connection, AddressRecord, AddressRecord.session_id.in_(sessions))
    unsent = and_(FileRecord.session_id.in_(sessions), FileRecord.conversation_id.is_(None))
    return Counts(
        sessions=_count(connection, SessionRecord, SessionRecord.id.in_(sessions)),
        numbers=owned + _count(connection, SessionRecord, typed),
        links=_count(connection, TokenRecord, TokenRecord.session_id.in_(sessions)),
        files=_count(connection, FileRecord, unsent),
    )


def count_conversations(connection: Connection, conversations: Rows) -> Counts:
    """Count conversations and what belongs to them."""
    return Counts(
        conversations=_count(connection, ConversationRecord, ConversationRecord.id.in_(conversations)),
        messages=_count(connection, MessageRecord, MessageRecord.conversation_id.in_(conversations)),
        replies=_count(connection, ReplyRecord, ReplyRecord.conversation_id.in_(conversations)),
        ratings=_count(connection, FeedbackRecord, FeedbackRecord.conversation_id.in_(conversations)),
        files=_count(connection, FileRecord, FileRecord.conversation_id.in_(conversations)),
    )


def erase_sessions(connection: Connection, vault: Vault, sessions: Sequence[int]) -> None:
    """Erase sessions (rows). Row numbers are not given out again, so whoever still holds one of them finds nothing.

    Their conversations are locked first, as a turn locks them: two that lock in another order wait for each other.
    """
    of_session = select(ConversationRecord.id).where(ConversationRecord.session_id.in_(sessions))
    rows = connection.scalars(of_session.order_by(ConversationRecord.id).with_for_update()).all()
    for some in parts(rows):
        erase_conversations(connection, vault, some)
    _blind_proofs(connection, sessions)
    remove_files(connection, FileRecord.session_id.in_(sessions))
    doom(connection, sessions)
    connection.execute(delete(SessionRecord).where(SessionRecord.id.in_(sessions)))


def erase_conversations(connection: Connection, vault: Vault, rows: Sequence[int]) -> None:
    """Erase conversations with their messages, replies, words and files."""
    if rows:
        forget_conversation_words(connection, vault, rows)
        _blind_deliveries(connection, rows)
        remove_files(connection, FileRecord.conversation_id.in_(rows))
        connection.execute(delete(ConversationRecord).where(ConversationRecord.id.in_(rows)))


def add_receipt(connection: Connection, receipt: Receipt) -> None:
    """Keep a receipt."""
    counts = {name: count for name, count in asdict(receipt.counts).items() if count}
    connection.execute(
        insert(ErasureRecord).values(
            public_id=receipt.receipt_id, at=receipt.at, by=receipt.by.value, counts=json.dumps(counts)
        )
    )


def find_receipt(connection: Connection, receipt_id: str) -> Receipt | None:
    """Return a receipt, None if there is none of this id."""
    row = connection.execute(select(ErasureRecord.__table__).where(ErasureRecord.public_id == receipt_id)).first()
    return Receipt(row.public_id, row.at, By(row.by), Counts(**json.loads(row.counts))) if row else None


def _blind_deliveries(connection: Connection, conversations: Sequence[int]) -> None:
    """Keep of a delivery that it was there, and nothing of what it was: who has the keys could try out guesses."""
    of_these = DeliveryRecord.conversation_id.in_(conversations)
    connection.execute(update(DeliveryRecord).where(of_these).values(fingerprint=b""))


def _blind_proofs(connection: Connection, sessions: Sequence[int]) -> None:
    """Let no code of these sessions prove anything any more. What was tried stays counted."""
    proofs = select(ProofRecord.id).where(ProofRecord.session_id.in_(sessions))
    connection.execute(update(CodeRecord).where(CodeRecord.proof_id.in_(proofs)).values(code=null()))
    connection.execute(
        update(ProofRecord).where(ProofRecord.session_id.in_(sessions)).values(session_id=null(), shown=null())
    )


def _count(connection: Connection, table: Any, condition: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
