"""Keeps codes that are to prove a number: as keyed hashes, with how often somebody guessed at each.

What counts against a number outlives the session it was asked from.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, null, select, update

from chatterkeep.domain.proofs import CODE_LIFETIME, DAY, TRIES, Tally
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models_access import CodeRecord, ProofRecord
from chatterkeep.storage.proofs import Proof
from chatterkeep.storage.statements import Statement


@dataclass(frozen=True, slots=True)
class Asked:
    """The codes of an attempt: how many, when the last one was asked for, what is left to try, None with none alive."""

    count: int
    last: datetime | None
    left: int | None


_PROLONG: Final = Statement(
    update(ProofRecord)
    .where(ProofRecord.id == bindparam("row"), ProofRecord.ends_at < bindparam("until"))
    .values(ends_at=bindparam("until"))
)
_ADD_CODE: Final = Statement(
    insert(CodeRecord).values(
        {name: bindparam(name) for name in ("proof_id", "lookup", "code", "sent", "created_at", "ends_at")}
    )
)
_SENT: Final = Statement(
    select(CodeRecord.created_at).where(
        CodeRecord.lookup == bindparam("lookup"),
        CodeRecord.created_at > bindparam("since"),
        CodeRecord.sent,
    )
)
_FAILURES: Final = Statement(
    select(func.coalesce(func.sum(CodeRecord.tries), 0), func.min(CodeRecord.created_at)).where(
        CodeRecord.lookup == bindparam("lookup"), CodeRecord.created_at > bindparam("since"), CodeRecord.tries > 0
    )
)
_EVERYBODY: Final = Statement(
    select(func.count()).select_from(CodeRecord).where(CodeRecord.created_at > bindparam("since"), CodeRecord.sent)
)
_ALIVE: Final = (
    CodeRecord.proof_id == bindparam("proof"),
    CodeRecord.ends_at > bindparam("now"),
    CodeRecord.code.is_not(None),
)
_TRY: Final = Statement(
    update(CodeRecord)
    .where(*_ALIVE, CodeRecord.tries < TRIES)
    .values(tries=CodeRecord.tries + 1)
    .returning(CodeRecord.id, CodeRecord.code)
)
_FORGIVE: Final = Statement(
    update(CodeRecord).where(CodeRecord.id == bindparam("row")).values(tries=CodeRecord.tries - 1)
)
_SPEND: Final = Statement(
    update(CodeRecord)
    .where(CodeRecord.proof_id == bindparam("proof"), CodeRecord.id != bindparam("kept"))
    .values(code=null())
)
_ASKED: Final = Statement(
    select(func.count(), func.max(CodeRecord.created_at)).where(CodeRecord.proof_id == bindparam("proof"))
)
_LEFT: Final = Statement(select(TRIES - func.min(CodeRecord.tries)).where(*_ALIVE))


def tally_of(connection: Connection, lookup: bytes, now: datetime) -> Tally:
    """Count what happened to a number in the last 24 hours, and how many codes went out to all."""
    since = to_micros(now - DAY)
    sent = [from_micros(row[0]) for row in _SENT.all(connection, lookup=lookup, since=since)]
    everybody = _EVERYBODY.one(connection, since=since)
    return Tally(sent, _failures(connection, lookup, now)[0], everybody[0] if everybody else 0)


def locked_until(connection: Connection, proof: Proof, failures: int, now: datetime) -> datetime | None:
    """Return when codes of a number are compared again that bore so many wrong ones within 24 hours; None if now."""
    count, first = _failures(connection, proof.lookup, now)
    return (first or now) + DAY if count >= failures else None


def _failures(connection: Connection, lookup: bytes, now: datetime) -> tuple[int, datetime | None]:
    """Return how many wrong codes were tried for a number within 24 hours, and when the oldest of those was made."""
    count, first = _FAILURES.one(connection, lookup=lookup, since=to_micros(now - DAY)) or (0, None)
    return int(count), None if first is None else from_micros(first)


def add_code(connection: Connection, proof: Proof, code: bytes, now: datetime, *, sent: bool) -> None:
    """Keep the hash of a code that is about to be sent, or of none that anybody knows."""
    until = to_micros(now + CODE_LIFETIME)
    _PROLONG.count(connection, row=proof.row, until=until)
    _ADD_CODE.count(
        connection,
        proof_id=proof.row,
        lookup=proof.lookup,
        code=code,
        sent=sent,
        created_at=to_micros(now),
        ends_at=until,
    )


def take_tries(connection: Connection, proof: Proof, now: datetime) -> dict[int, bytes]:
    """Count one try at each code of an attempt that is still good, and return those, by row: only they may be compared.

    Counted first, and by the database: however many guess at once, no more than TRIES of them are compared.
    """
    return {row[0]: bytes(row[1]) for row in _TRY.all(connection, proof=proof.row, now=to_micros(now))}


def forgive(connection: Connection, codes: dict[int, bytes]) -> None:
    """Take a try back: it was the right code."""
    for row in codes:
        _FORGIVE.count(connection, row=row)


def asked(connection: Connection, proof: Proof, now: datetime) -> Asked:
    """Return how it stands with the codes of an attempt."""
    count, last = _ASKED.one(connection, proof=proof.row) or (0, None)
    left = _LEFT.one(connection, proof=proof.row, now=to_micros(now))
    return Asked(count, None if last is None else from_micros(last), left[0] if left else None)


def spend(connection: Connection, proof: int, kept: int = 0) -> None:
    """Let the codes of an attempt (row) be good for nothing more, but for one (row) that is to be known again."""
    _SPEND.count(connection, proof=proof, kept=kept)


def code_hash(vault: Vault, proof: Proof, code: str) -> bytes:
    """The keyed hash (32 bytes) of a code of one attempt."""
    return vault.ledger("code", f"{proof.row}\0{code}")
