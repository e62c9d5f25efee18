"""Whose number a session has: the one that leads to it, or the one that its visitor typed."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.known import Known
from chatterkeep.storage.models import AddressRecord, SessionRecord
from chatterkeep.storage.places import address_place, claim_lookup, claim_place
from chatterkeep.storage.statements import Statement


@dataclass(frozen=True, slots=True)
class Number:
    """A session's number, and whether it was proved or only typed."""

    phone: PhoneNumber
    proved: bool


_NUMBER: Final = Statement(
    select(SessionRecord.claimed_phone, AddressRecord.lookup, AddressRecord.ciphertext)
    .select_from(SessionRecord)
    .join(AddressRecord, AddressRecord.session_id == SessionRecord.id, isouter=True)
    .where(SessionRecord.id == bindparam("session"))
    .order_by(AddressRecord.id)
    .limit(1)
)
_CLAIM: Final = Statement(
    update(SessionRecord)
    .where(SessionRecord.id == bindparam("session"))
    .values(claimed_phone=bindparam("sealed"), claimed_lookup=bindparam("found_by"))
)


def number_of(connection: Connection, known: Known) -> Number | None:
    """Return a session's number, None where nobody told one."""
    claimed, lookup, ciphertext = _NUMBER.one(connection, session=known.session) or (None, None, None)
    if lookup is not None:
        e164 = known.data_key.decrypt(bytes(ciphertext), address_place(bytes(lookup)))
        return Number(PhoneNumber(e164), proved=True)
    typed = _typed(known, claimed)
    return Number(typed, proved=False) if typed else None


def typed_number(connection: Connection, known: Known) -> PhoneNumber | None:
    """Return the number that was only typed, or that was given up, where there is one."""
    claimed, *_ = _NUMBER.one(connection, session=known.session) or (None,)
    return _typed(known, claimed)


def claim(connection: Connection, vault: Vault, known: Known, phone: PhoneNumber | None) -> None:
    """Keep a number with a session that it does not lead to; None forgets what was claimed."""
    _CLAIM.count(
        connection,
        session=known.session,
        sealed=known.data_key.encrypt(phone.e164, claim_place(known.session_id)) if phone else None,
        found_by=claim_lookup(vault, phone) if phone else None,
    )


def _typed(known: Known, claimed: bytes | None) -> PhoneNumber | None:
    if claimed is None:
        return None
    return PhoneNumber(known.data_key.decrypt(bytes(claimed), claim_place(known.session_id)))
