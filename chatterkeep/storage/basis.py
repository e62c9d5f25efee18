"""Reads and writes what an answer rests on. It tells what was asked, so it is as secret as the message."""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from chatterkeep.domain.basis import NOTHING, Basis, read, written
from chatterkeep.storage.crypto import DataKey
from chatterkeep.storage.models import ConversationRecord, MessageRecord
from chatterkeep.storage.places import basis_place
from chatterkeep.storage.statements import Statement

_MOST: Final = 500
_BASES: Final = Statement(
    select(MessageRecord.basis, ConversationRecord.public_id, MessageRecord.seq)
    .join(ConversationRecord, ConversationRecord.id == MessageRecord.conversation_id)
    .where(ConversationRecord.session_id == bindparam("session"), MessageRecord.basis.is_not(None))
    .order_by(ConversationRecord.number.desc(), MessageRecord.seq.desc())
    .limit(_MOST)
)


def seal_basis(data_key: DataKey, basis: Basis, conversation_id: str, seq: int) -> bytes | None:
    """Return the ciphertext of a basis; None where there is nothing to keep."""
    return data_key.encrypt(written(basis), basis_place(conversation_id, seq)) if basis else None


def open_basis(data_key: DataKey, sealed: bytes | None, conversation_id: str, seq: int) -> Basis:
    """Return what `seal_basis` sealed for this message."""
    if sealed is None:
        return NOTHING
    return read(data_key.decrypt(bytes(sealed), basis_place(conversation_id, seq)))


def is_cited(connection: Connection, session: int, data_key: DataKey, passage_id: str) -> bool:
    """Tell whether one of the last answers of a session (its row) that rest on anything cites a passage."""
    rows = _BASES.all(connection, session=session)
    bases = (open_basis(data_key, sealed, conversation_id, seq) for sealed, conversation_id, seq in rows)
    return any(source.passage_id == passage_id for basis in bases for source in basis.sources)
