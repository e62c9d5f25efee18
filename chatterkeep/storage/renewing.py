"""Gives a session a new data key, and encrypts under it all that the old one opens."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from chatterkeep.storage.crypto import DataKey, Vault
from chatterkeep.storage.files import rewrap_files
from chatterkeep.storage.models import AddressRecord, SessionRecord
from chatterkeep.storage.places import address_place, claim_place, context_place
from chatterkeep.storage.recrypt import recrypt_conversations
from chatterkeep.storage.statements import Statement

_SESSION: Final = Statement(
    select(SessionRecord.public_id, SessionRecord.data_key, SessionRecord.claimed_phone, SessionRecord.context)
    .where(SessionRecord.id == bindparam("session"))
    .with_for_update()
)
_SET_SESSION: Final = Statement(
    update(SessionRecord)
    .where(SessionRecord.id == bindparam("session"))
    .values(data_key=bindparam("wrapped"), claimed_phone=bindparam("claimed"), context=bindparam("told"))
)
_ADDRESSES: Final = Statement(
    select(AddressRecord.id, AddressRecord.lookup, AddressRecord.ciphertext).where(
        AddressRecord.session_id == bindparam("session")
    )
)
_SET_ADDRESS: Final = Statement(
    update(AddressRecord).where(AddressRecord.id == bindparam("row")).values(ciphertext=bindparam("sealed"))
)


def renew(connection: Connection, vault: Vault, session: int, renewed: tuple[bytes, DataKey]) -> int:
    """Encrypt a session anew under a data key made for it; return how many messages that were.

    Whoever read the old key before stores nothing under it: the versions of the conversations and the session's
    wrapped key have changed. A session that is gone meanwhile is left so. Raises CannotDecrypt; nothing may stay then.
    """
    row = _SESSION.one(connection, session=session)
    if row is None:
        return 0
    session_id, old_wrapped, claimed, told = row
    wrapped, new = renewed
    old = vault.data_key(bytes(old_wrapped), session_id)
    change = _changer(old, new)
    count = recrypt_conversations(connection, session, old, new)
    rewrap_files(connection, session, old, new)
    for key, lookup, ciphertext in _ADDRESSES.all(connection, session=session):
        _SET_ADDRESS.count(connection, row=key, sealed=change(ciphertext, address_place(bytes(lookup))))
    _SET_SESSION.count(
        connection,
        session=session,
        wrapped=wrapped,
        claimed=change(claimed, claim_place(session_id)),
        told=change(told, context_place(session_id)),
    )
    return count


def _changer(old: DataKey, new: DataKey) -> Callable[[Any, str], bytes | None]:
    def change(blob: Any, place: str) -> bytes | None:
        return None if blob is None else new.encrypt(old.decrypt(bytes(blob), place), place)

    return change
