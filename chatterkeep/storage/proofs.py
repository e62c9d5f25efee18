"""Keeps attempts to prove a number: which page tries to prove which number, and whether it did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, null, select, update

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Capability
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.proofs import ATTEMPTS_KEPT, PROOF_LIFETIME
from chatterkeep.storage.crypto import Vault, hash_token
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.known import Known, held
from chatterkeep.storage.models_access import ProofRecord
from chatterkeep.storage.numbers import number_of
from chatterkeep.storage.statements import Statement


@dataclass(frozen=True, slots=True)
class Proof:
    """An attempt as its row says. `session` is the one it was begun from, or, once used, the one that was opened."""

    row: int
    session: int | None
    lookup: bytes
    created_at: datetime
    ends_at: datetime
    proved_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that goes on: the session it was begun from, and the number that is to be proved."""

    known: Known
    phone: PhoneNumber
    proof: Proof


_ADD: Final = Statement(
    insert(ProofRecord).values(
        {name: bindparam(name) for name in ("hash", "session_id", "lookup", "shown", "created_at", "ends_at")}
    )
)
_FIND: Final = Statement(
    select(
        ProofRecord.id,
        ProofRecord.session_id,
        ProofRecord.lookup,
        ProofRecord.created_at,
        ProofRecord.ends_at,
        ProofRecord.proved_at,
        ProofRecord.used_at,
    ).where(ProofRecord.hash == bindparam("hash"))
)
_SHOWN: Final = Statement(
    select(ProofRecord.id).where(
        ProofRecord.lookup == bindparam("lookup"),
        ProofRecord.created_at > bindparam("since"),
        ProofRecord.ends_at > bindparam("now"),
        ProofRecord.shown == bindparam("shown"),
        ProofRecord.session_id.is_not(None),
    )
)
_TRIED: Final = Statement(
    select(ProofRecord.id)
    .where(ProofRecord.lookup == bindparam("lookup"), ProofRecord.created_at > bindparam("since"))
    .limit(1)
)
_PROVE: Final = Statement(
    update(ProofRecord)
    .where(ProofRecord.id == bindparam("row"), ProofRecord.proved_at.is_(None))
    .values(proved_at=bindparam("now"))
)
_USE: Final = Statement(
    update(ProofRecord)
    .where(ProofRecord.id == bindparam("row"), ProofRecord.used_at.is_(None))
    .values(used_at=bindparam("now"), session_id=bindparam("session"), shown=null())
)
_LOCK: Final = Statement(select(func.pg_advisory_xact_lock(bindparam("number"))))


def number_lookup(vault: Vault, phone: PhoneNumber) -> bytes:
    """The keyed hash (32 bytes) under which the attempts of a number are counted; it stays when the pepper changes."""
    return vault.ledger("proof", phone.e164)


def lock_number(connection: Connection, lookup: bytes) -> None:
    """Let nobody else count for a number until this write ends. On SQLite nobody else can anyway."""
    if connection.dialect.name == "postgresql":
        _LOCK.one(connection, number=int.from_bytes(lookup[:8], signed=True))


def add_proof(
    connection: Connection, vault: Vault, session: int, phone: PhoneNumber, seen: tuple[str, str], now: datetime
) -> None:
    """Begin an attempt; `seen` are the token of its page and the code that it shows."""
    token, shown = seen
    _ADD.count(
        connection,
        hash=hash_token(token),
        session_id=session,
        lookup=number_lookup(vault, phone),
        shown=shown_hash(vault, shown),
        created_at=to_micros(now),
        ends_at=to_micros(now + PROOF_LIFETIME),
    )


def find_proof(connection: Connection, token: str) -> Proof | None:
    """Return an attempt by the token of its page."""
    row = _FIND.one(connection, hash=hash_token(token))
    if row is None:
        return None
    number, session, lookup, created_at, ends_at, proved_at, used_at = row
    return Proof(
        row=number,
        session=session,
        lookup=bytes(lookup),
        created_at=from_micros(created_at),
        ends_at=from_micros(ends_at),
        proved_at=None if proved_at is None else from_micros(proved_at),
        used_at=None if used_at is None else from_micros(used_at),
    )


def begun(connection: Connection, vault: Vault, page: Capability, token: str, now: datetime) -> Begun:
    """Return an attempt of a page that goes on.

    Raises NotFound: the page's link is not good, or the attempt is unknown, another's, over, or of a number given up.
    """
    known = held(connection, vault, page, now)
    number, proof = number_of(connection, known), find_proof(connection, token)
    if (
        number is None
        or proof is None
        or proof.session != known.session
        or proof.used_at is not None
        or proof.ends_at <= now
        or proof.lookup != number_lookup(vault, number.phone)
    ):
        raise NotFound("attempt")
    return Begun(known, number.phone, proof)


def find_shown(connection: Connection, vault: Vault, phone: PhoneNumber, code: str, now: datetime) -> int | None:
    """Return the attempt (row) whose page shows this code to the owner of a number, if it still goes on."""
    row = _SHOWN.one(
        connection,
        lookup=number_lookup(vault, phone),
        since=to_micros(now - ATTEMPTS_KEPT),
        now=to_micros(now),
        shown=shown_hash(vault, code),
    )
    return row[0] if row else None


def was_tried(connection: Connection, vault: Vault, phone: PhoneNumber, now: datetime) -> bool:
    """Tell whether somebody tried to prove this number of late, on any page."""
    return bool(_TRIED.one(connection, lookup=number_lookup(vault, phone), since=to_micros(now - ATTEMPTS_KEPT)))


def mark_proved(connection: Connection, proof: int, now: datetime) -> None:
    """Note that the owner of the number took part; the first time counts."""
    _PROVE.count(connection, row=proof, now=to_micros(now))


def mark_used(connection: Connection, proof: int, session: int, now: datetime) -> None:
    """Note that an attempt opened a session."""
    _USE.count(connection, row=proof, session=session, now=to_micros(now))


def shown_hash(vault: Vault, code: str) -> bytes:
    """The keyed hash (32 bytes) of a code that a page shows."""
    return vault.ledger("shown", code)
