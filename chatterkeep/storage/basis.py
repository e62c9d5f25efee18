"""Reads and writes what an answer rests on. It tells what was asked, so it is as secret as the message."""

from chatterkeep.domain.basis import NOTHING, Basis, read, written
from chatterkeep.storage.crypto import DataKey
from chatterkeep.storage.places import basis_place


def seal_basis(data_key: DataKey, basis: Basis, conversation_id: str, seq: int) -> bytes | None:
    """Return the ciphertext of a basis; None where there is nothing to keep."""
    return data_key.encrypt(written(basis), basis_place(conversation_id, seq)) if basis else None


def open_basis(data_key: DataKey, sealed: bytes | None, conversation_id: str, seq: int) -> Basis:
    """Return what `seal_basis` sealed for this message."""
    if sealed is None:
        return NOTHING
    return read(data_key.decrypt(bytes(sealed), basis_place(conversation_id, seq)))
