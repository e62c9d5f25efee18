"""Brings what is stored under older keys to those in use: a few rows at a time, each only if it is as it was read.

What cannot be opened is left as it is, and counted: the keys that it needs must stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, bindparam, func, select, update

from chatterkeep.domain.messages import Address, Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage.crypto import CannotDecrypt, Vault
from chatterkeep.storage.models import AddressRecord, SessionRecord
from chatterkeep.storage.models_access import StaffRecord
from chatterkeep.storage.places import address_lookup, address_place, claim_lookup, claim_place, totp_place
from chatterkeep.storage.ring import DATA
from chatterkeep.storage.statements import Row, Statement

_WHOLE: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class Change:
    """A row to be changed, if it still holds what was seen there; `values` as its statement names them."""

    statement: Statement
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the rows: how many were looked at, after which to go on, what to change, what could not be opened."""

    seen: int
    last: int
    changes: Sequence[Change]
    unreadable: int


_SESSIONS: Final = Statement(
    select(SessionRecord.id, SessionRecord.public_id, SessionRecord.data_key)
    .where(SessionRecord.id > bindparam("after"))
    .order_by(SessionRecord.id)
    .limit(bindparam("limit"))
)
_REWRAP: Final = Statement(
    update(SessionRecord)
    .where(SessionRecord.id == bindparam("row"), SessionRecord.data_key == bindparam("seen"))
    .values(data_key=bindparam("new"))
)
_SECOND_FACTORS: Final = Statement(select(StaffRecord.id, StaffRecord.totp).where(StaffRecord.totp.is_not(None)))
_RESEAL: Final = Statement(
    update(StaffRecord)
    .where(StaffRecord.id == bindparam("row"), StaffRecord.totp == bindparam("seen"))
    .values(totp=bindparam("new"))
)
_ADDRESSES: Final = Statement(
    select(
        AddressRecord.id,
        AddressRecord.channel,
        AddressRecord.lookup,
        AddressRecord.pepper_version,
        AddressRecord.ciphertext,
        SessionRecord.public_id,
        SessionRecord.data_key,
    )
    .join(SessionRecord, SessionRecord.id == AddressRecord.session_id)
    .where(AddressRecord.id > bindparam("after"))
    .order_by(AddressRecord.id)
    .limit(bindparam("limit"))
)
_MOVE_ADDRESS: Final = Statement(
    update(AddressRecord)
    .where(AddressRecord.id == bindparam("row"), AddressRecord.ciphertext == bindparam("seen"))
    .values(lookup=bindparam("found_by"), pepper_version=bindparam("pepper"), ciphertext=bindparam("new"))
)
_CLAIMS: Final = Statement(
    select(
        SessionRecord.id,
        SessionRecord.public_id,
        SessionRecord.data_key,
        SessionRecord.claimed_phone,
        SessionRecord.claimed_lookup,
    )
    .where(SessionRecord.id > bindparam("after"), SessionRecord.claimed_phone.is_not(None))
    .order_by(SessionRecord.id)
    .limit(bindparam("limit"))
)
_MOVE_CLAIM: Final = Statement(
    update(SessionRecord)
    .where(SessionRecord.id == bindparam("row"), SessionRecord.claimed_phone == bindparam("seen"))
    .values(claimed_lookup=bindparam("found_by"))
)


def wrapping_step(connection: Connection, vault: Vault, after: int, limit: int) -> Step:
    """Wrap data keys by the wrapping key in use."""
    rows, current = _SESSIONS.all(connection, after=after, limit=limit), vault.wrapping_version
    due = [row for row in rows if wrapped_by(bytes(row[2])) != current]
    changes, unreadable = _each(due, lambda row: _rewrapped(vault, row))
    return Step(len(rows), rows[-1][0] if rows else 0, changes, unreadable)


def second_factor_step(connection: Connection, vault: Vault, after: int, limit: int) -> Step:
    """Seal second factors by the wrapping key in use. They are few, so all at once."""
    due = [row for row in _SECOND_FACTORS.all(connection) if wrapped_by(bytes(row[1])) != vault.wrapping_version]
    changes, unreadable = _each(due if after == 0 else [], lambda row: _resealed(vault, row))
    return Step(0, 0, changes, unreadable)


def address_step(connection: Connection, vault: Vault, after: int, limit: int) -> Step:
    """Find addresses by the pepper in use."""
    rows, pepper = _ADDRESSES.all(connection, after=after, limit=limit), vault.pepper_version
    changes, unreadable = _each([row for row in rows if row[3] != pepper], lambda row: _moved(vault, row, pepper))
    return Step(len(rows), rows[-1][0] if rows else 0, changes, unreadable)


def claim_step(connection: Connection, vault: Vault, after: int, limit: int) -> Step:
    """Find claimed numbers by the pepper in use. Which one they are found by stands nowhere, so each is opened."""
    rows = _CLAIMS.all(connection, after=after, limit=limit)
    changes, unreadable = _each(rows, lambda row: _claim_moved(vault, row))
    return Step(len(rows), rows[-1][0] if rows else 0, changes, unreadable)


def carry_out(connection: Connection, changes: Sequence[Change]) -> int:
    """Make changes; return how many of the rows were still as they were seen."""
    return sum(change.statement.count(connection, **change.values) for change in changes)


def count_sessions(connection: Connection) -> int:
    """Return how many sessions there are."""
    return connection.scalar(select(func.count()).select_from(SessionRecord)) or 0


def count_claims(connection: Connection) -> int:
    """Return how many sessions hold a number that somebody typed."""
    claimed = SessionRecord.claimed_phone.is_not(None)
    return connection.scalar(select(func.count()).select_from(SessionRecord).where(claimed)) or 0


def count_addresses(connection: Connection) -> Mapping[int, int]:
    """Return how many addresses are found by each version of the pepper."""
    query = select(AddressRecord.pepper_version, func.count()).group_by(AddressRecord.pepper_version)
    return {row[0]: row[1] for row in connection.execute(query)}


def count_wrapped(connection: Connection) -> Mapping[int, int]:
    """Return how many data keys and second factors each version of the wrapping key wraps."""
    found: dict[int, int] = {}
    for column in (SessionRecord.data_key, StaffRecord.totp):
        head = func.substr(column, 1, 3, type_=LargeBinary)
        for value, count in connection.execute(select(head, func.count()).where(column.is_not(None)).group_by(head)):
            found[wrapped_by(value)] = found.get(wrapped_by(value), 0) + count
    return found


def count_generations(connection: Connection) -> Mapping[int, int]:
    """Return how many data keys are of each generation; 0 stands for those that are not split."""
    kind = func.substr(SessionRecord.data_key, 1, 1, type_=LargeBinary)
    mark = func.substr(SessionRecord.data_key, 4, 2, type_=LargeBinary)
    split = select(mark, func.count()).where(kind != _WHOLE).group_by(mark)
    found = {int.from_bytes(value, "big"): count for value, count in connection.execute(split)}
    whole = connection.scalar(select(func.count()).select_from(SessionRecord).where(kind == _WHOLE)) or 0
    return found | ({0: whole} if whole else {})


def count_split(generations: Mapping[int, int]) -> int:
    """Return how many data keys are split, whichever generation they are of."""
    return sum(count for generation, count in generations.items() if generation)


def sessions_due(connection: Connection, vault: Vault, after: int, limit: int) -> tuple[list[Row], int, int]:
    """Return the next sessions whose data key is of an older generation than the one in use.

    Each with its row and its public id; then how many were looked at, and after which row to go on.
    """
    rows, generation = _SESSIONS.all(connection, after=after, limit=limit), vault.ring.in_use(DATA)
    due = [(row[0], row[1]) for row in rows if generation_of(bytes(row[2])) < generation]
    return due, len(rows), rows[-1][0] if rows else 0


def wrapped_by(blob: bytes) -> int:
    """Return the version of the wrapping key that a value names in its head."""
    return int.from_bytes(blob[1:3], "big")


def generation_of(wrapped: bytes) -> int:
    """Return the generation of a wrapped data key; 0 for one that is not split."""
    return 0 if wrapped[:1] == _WHOLE else int.from_bytes(wrapped[3:5], "big")


def _each(rows: Sequence[Row], change: Any) -> tuple[list[Change], int]:
    changes, unreadable = [], 0
    for row in rows:
        try:
            changes.append(change(row))
        except CannotDecrypt:
            unreadable += 1
    return [made for made in changes if made is not None], unreadable


def _rewrapped(vault: Vault, row: Row) -> Change:
    key, session_id, wrapped = row
    return Change(_REWRAP, {"row": key, "seen": wrapped, "new": vault.rewrap(bytes(wrapped), session_id)})


def _resealed(vault: Vault, row: Row) -> Change:
    key, sealed = row
    return Change(_RESEAL, {"row": key, "seen": sealed, "new": vault.reseal(bytes(sealed), totp_place(key))})


def _moved(vault: Vault, row: Row, pepper: int) -> Change:
    key, channel, lookup, _, ciphertext, session_id, wrapped = row
    data_key = vault.data_key(bytes(wrapped), session_id)
    number = data_key.decrypt(bytes(ciphertext), address_place(bytes(lookup)))
    found_by = address_lookup(vault, Address(Channel(channel), PhoneNumber(number)), pepper)
    new = data_key.encrypt(number, address_place(found_by))
    return Change(_MOVE_ADDRESS, {"row": key, "seen": ciphertext, "found_by": found_by, "pepper": pepper, "new": new})


def _claim_moved(vault: Vault, row: Row) -> Change | None:
    key, session_id, wrapped, claimed, lookup = row
    number = vault.data_key(bytes(wrapped), session_id).decrypt(bytes(claimed), claim_place(session_id))
    found_by = claim_lookup(vault, PhoneNumber(number))
    if lookup is not None and bytes(lookup) == found_by:
        return None
    return Change(_MOVE_CLAIM, {"row": key, "seen": claimed, "found_by": found_by})
