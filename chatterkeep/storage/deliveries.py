"""Deliveries that had their effect: known for ever, and answered again as they were answered first."""

from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from chatterkeep.domain.errors import DeliveryConflict, NotFound
from chatterkeep.domain.messages import Delivery, Inbound, identity
from chatterkeep.domain.outcome import Outcome
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.models import ConversationRecord, DeliveryRecord, MessageRecord, SessionRecord
from chatterkeep.storage.places import body_place
from chatterkeep.storage.replies import reply_to
from chatterkeep.storage.statements import Statement

ADD_DELIVERY: Final = Statement(
    insert(DeliveryRecord).values(
        key=bindparam("key"),
        fingerprint=bindparam("fingerprint"),
        conversation_id=bindparam("conversation_id"),
        seq=bindparam("seq"),
        replies=bindparam("replies"),
        asks=bindparam("asks"),
        created_at=bindparam("created_at"),
    )
)
_DELIVERED: Final = Statement(
    select(
        DeliveryRecord.fingerprint,
        DeliveryRecord.conversation_id,
        DeliveryRecord.seq,
        DeliveryRecord.replies,
        DeliveryRecord.asks,
        ConversationRecord.public_id,
        SessionRecord.public_id,
        SessionRecord.data_key,
    )
    .select_from(DeliveryRecord)
    .join(ConversationRecord, ConversationRecord.id == DeliveryRecord.conversation_id, isouter=True)
    .join(SessionRecord, SessionRecord.id == ConversationRecord.session_id, isouter=True)
    .where(DeliveryRecord.key == bindparam("key"))
)
_LINES: Final = Statement(
    select(MessageRecord.seq, MessageRecord.state, MessageRecord.body)
    .where(
        MessageRecord.conversation_id == bindparam("row"),
        MessageRecord.seq >= bindparam("first"),
        MessageRecord.seq <= bindparam("last"),
    )
    .order_by(MessageRecord.seq)
)


def delivery_key(vault: Vault, delivery: Delivery) -> bytes:
    """The keyed hash (16 bytes) by which a delivery is known."""
    return vault.ledger("delivery", f"{delivery.scope}\0{delivery.id}")[:16]


def fingerprint(vault: Vault, inbound: Inbound) -> bytes:
    """A keyed hash of what was sent, to tell a repeated delivery from a reused id."""
    parts = (inbound.form, identity(inbound.sender), inbound.text, *sorted(inbound.files))
    return vault.ledger("fingerprint", "\0".join(parts))[:16]


def replay(connection: Connection, vault: Vault, inbound: Inbound) -> Outcome | None:
    """Return the outcome that this delivery had before, or None. Raises DeliveryConflict and, once erased, NotFound."""
    if inbound.delivery is None:
        return None
    row = _DELIVERED.one(connection, key=delivery_key(vault, inbound.delivery))
    if row is None:
        return None
    seen, conversation, seq, replies, asks, conversation_id, session_id, wrapped = row
    if conversation is None:
        raise NotFound("session")
    if bytes(seen) != fingerprint(vault, inbound):
        raise DeliveryConflict
    data_key = vault.data_key(bytes(wrapped), session_id)
    lines = _LINES.all(connection, row=conversation, first=seq, last=seq + replies)
    said = tuple(data_key.decrypt(line[2], body_place(conversation_id, line[0])) for line in lines[1:])
    stored = reply_to(connection, vault, conversation, seq) if asks else None
    generated = stored.reply if stored else None
    return Outcome(session_id, conversation_id, seq, said, lines[0][1], replayed=True, generated=generated)
