"""Erases sessions with all that belongs to them, and keeps receipts that tell nothing of whom.

What stays: of each delivery its keyed hash, so that the same one cannot bring anything back; of attempts to prove a
number their count for a day or two, without number and code; the audit; the receipt.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, func, insert, null, select, update

from chatterkeep.domain.erasure import By, Counts, Receipt
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.doomed import doom
from chatterkeep.storage.files import remove_files
from chatterkeep.storage.inbox import sessions_of
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
from chatterkeep.storage.words import forget_conversation_words

_TOGETHER: Final = 500


def find_row(connection: Connection, session_id: str) -> int | None:
    """Return the row of a session, None if there is none. Nothing is decrypted: what cannot be read can be erased."""
    return connection.scalar(select(SessionRecord.id).where(SessionRecord.public_id == session_id))


def sessions_of_number(connection: Connection, vault: Vault, phone: PhoneNumber) -> list[str]:
    """Return the ids of the sessions of a number, on whatever channel, and of those of visitors who typed it."""
    query = select(SessionRecord.public_id).where(SessionRecord.id.in_(sessions_of(vault, phone)))
    return list(connection.scalars(query.order_by(SessionRecord.id)))


def count_belongings(connection: Connection, sessions: Sequence[int]) -> Counts:
    """Count what there is of sessions (rows). Replies are those that still wait, or were generated."""
    conversations = select(ConversationRecord.id).where(ConversationRecord.session_id.in_(sessions))
    typed = and_(SessionRecord.id.in_(sessions), SessionRecord.claimed_lookup.is_not(None))
    owned = _count(connection, AddressRecord, AddressRecord.session_id.in_(sessions))
    return Counts(
        sessions=len(sessions),
        conversations=_count(connection, ConversationRecord, ConversationRecord.session_id.in_(sessions)),
        messages=_count(connection, MessageRecord, MessageRecord.conversation_id.in_(conversations)),
        replies=_count(connection, ReplyRecord, ReplyRecord.conversation_id.in_(conversations)),
        numbers=owned + _count(connection, SessionRecord, typed),
        links=_count(connection, TokenRecord, TokenRecord.session_id.in_(sessions)),
        ratings=_count(connection, FeedbackRecord, FeedbackRecord.conversation_id.in_(conversations)),
        files=_count(connection, FileRecord, FileRecord.session_id.in_(sessions)),
    )


def erase_sessions(connection: Connection, vault: Vault, sessions: Sequence[int]) -> None:
    """Erase sessions (rows). Row numbers are not given out again, so whoever still holds one of them finds nothing.

    Their conversations are locked first, as a turn locks them: two that lock in another order wait for each other.
    """
    of_session = select(ConversationRecord.id).where(ConversationRecord.session_id.in_(sessions))
    rows = connection.scalars(of_session.order_by(ConversationRecord.id).with_for_update()).all()
    for start in range(0, len(rows), _TOGETHER):
        erase_conversations(connection, vault, rows[start : start + _TOGETHER])
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
