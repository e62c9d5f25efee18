"""The right to write a reply: claimed, kept by showing life, given back, and lost to whoever claims it next.

Every change names the fence it was decided under. A writer whose fence is old changes nothing, so however many there
are, one text is final.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, null, select, text, true, update
from sqlalchemy.orm import aliased

from chatterkeep.domain.answers import Failure
from chatterkeep.domain.replies import LEASE, Claim, ReplyState
from chatterkeep.storage.crypto import DataKey
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import ConversationRecord, ReplyRecord
from chatterkeep.storage.places import partial_place
from chatterkeep.storage.statements import Statement

ACTIVE: Final = text("replies.state IN ('pending', 'writing')")
_WRITING: Final = ReplyState.WRITING.value
_PENDING: Final = ReplyState.PENDING.value
_MOST: Final = 100
"""How many replies one sweep takes over at most."""


class Lost(Exception):
    """Somebody else writes this reply by now, or it has ended."""


@dataclass(frozen=True, slots=True)
class Flush:
    """A reply's text so far, encrypted; None renews the lease only."""

    row: int
    fence: int
    partial: bytes | None


_HELD: Final = update(ReplyRecord).where(
    ReplyRecord.id == bindparam("row"), ReplyRecord.fence == bindparam("seen"), ReplyRecord.state == _WRITING
)
_other: Final = aliased(ReplyRecord)
_CLAIMABLE: Final = Statement(
    select(
        ReplyRecord.id,
        ReplyRecord.public_id,
        ConversationRecord.session_id,
        ReplyRecord.conversation_id,
        ReplyRecord.fence,
        ReplyRecord.claims,
        ReplyRecord.state,
    )
    .join(ConversationRecord, ConversationRecord.id == ReplyRecord.conversation_id)
    .where(
        ACTIVE,
        (ReplyRecord.lease_until < bindparam("now"))
        | (
            (ReplyRecord.state == _PENDING)
            & ~select(_other.id)
            .where(_other.conversation_id == ReplyRecord.conversation_id, _other.state == _WRITING)
            .exists()
        ),
    )
    .order_by(ReplyRecord.id)
    .limit(_MOST)
)
_CLAIM: Final = Statement(
    update(ReplyRecord)
    .where(
        ReplyRecord.id == bindparam("row"),
        ReplyRecord.fence == bindparam("seen"),
        ReplyRecord.state == bindparam("was"),
    )
    .values(
        state=_WRITING,
        fence=bindparam("new_fence"),
        claims=bindparam("new_claims"),
        writer=bindparam("writer"),
        lease_until=bindparam("lease"),
        partial=null(),
    )
)
_BEGIN_AGAIN: Final = Statement(
    _HELD.values(fence=bindparam("new_fence"), lease_until=bindparam("lease"), partial=null())
)
_FLUSH: Final = Statement(_HELD.values(partial=bindparam("text"), lease_until=bindparam("lease")))
_RENEW: Final = Statement(_HELD.values(lease_until=bindparam("lease")))
_RELEASE: Final = Statement(_HELD.values(lease_until=0))
_GIVE_UP: Final = Statement(
    _HELD.values(
        state=ReplyState.FAILED.value,
        failure=Failure.BROKEN.value,
        ended_at=bindparam("now"),
        lease_until=null(),
        partial=null(),
    )
)
_FENCES: Final = Statement(
    select(ReplyRecord.id, ReplyRecord.fence, ReplyRecord.stopping).where(ACTIVE, ReplyRecord.state == _WRITING)
)
_ASK_TO_STOP: Final = Statement(_HELD.values(stopping=true()))
_AT_WORK: Final = Statement(
    select(ReplyRecord.writer)
    .where(ACTIVE, ReplyRecord.state == _WRITING, ReplyRecord.lease_until >= bindparam("now"))
    .distinct()
)
_BURY: Final = Statement(
    update(ReplyRecord)
    .where(ACTIVE, ReplyRecord.state == _WRITING, ReplyRecord.writer == bindparam("writer"))
    .values(lease_until=0)
)
_WAITING: Final = Statement(
    select(ReplyRecord.id, ReplyRecord.public_id, ReplyRecord.fence, ReplyRecord.claims).where(
        ReplyRecord.conversation_id == bindparam("conversation"), ACTIVE, ReplyRecord.state == _PENDING
    )
)


def claimable(connection: Connection, now: datetime) -> list[tuple[Claim, ReplyState]]:
    """Return the replies that wait for a writer, as they stand: never begun, or left by one that died."""
    rows = _CLAIMABLE.all(connection, now=to_micros(now))
    return [(Claim(*row[:6]), ReplyState(row[6])) for row in rows]


def claim(connection: Connection, found: Sequence[tuple[Claim, ReplyState]], writer: str, now: datetime) -> list[Claim]:
    """Take over, under the name of a writer, those that nobody else took first."""
    taken = []
    for seen, state in found:
        held = replace(seen, fence=seen.fence + 1, claims=seen.claims + 1)
        if _CLAIM.count(
            connection,
            row=seen.row,
            seen=seen.fence,
            was=state.value,
            new_fence=held.fence,
            new_claims=held.claims,
            writer=writer,
            lease=to_micros(now + LEASE),
        ):
            taken.append(held)
    return taken


def claim_next(connection: Connection, before: Claim, writer: str, now: datetime) -> Claim | None:
    """Claim the reply that waited for this one to end, if there is one."""
    row = _WAITING.one(connection, conversation=before.conversation)
    if row is None:
        return None
    seen = Claim(row[0], row[1], before.session, before.conversation, row[2], row[3])
    return next(iter(claim(connection, [(seen, ReplyState.PENDING)], writer, now)), None)


def begin_again(connection: Connection, held: Claim, now: datetime) -> Claim:
    """Let the same writer write anew, under a new fence. Raises Lost."""
    again = replace(held, fence=held.fence + 1)
    lease = to_micros(now + LEASE)
    if not _BEGIN_AGAIN.count(connection, row=held.row, seen=held.fence, new_fence=again.fence, lease=lease):
        raise Lost
    return again


def at_work(connection: Connection, now: datetime) -> set[str]:
    """Return the names of those who write something, as far as their leases tell."""
    return {row[0] for row in _AT_WORK.all(connection, now=to_micros(now)) if row[0]}


def bury(connection: Connection, writer: str) -> None:
    """End the leases of a writer that is gone."""
    _BURY.count(connection, writer=writer)


def flush(connection: Connection, flushes: Sequence[Flush], now: datetime) -> None:
    """Store the text so far of many replies, and renew the leases of their writers."""
    lease = to_micros(now + LEASE)
    keys = [(flush, {"row": flush.row, "seen": flush.fence, "lease": lease}) for flush in flushes]
    _FLUSH.each(connection, [{**key, "text": flush.partial} for flush, key in keys if flush.partial])
    _RENEW.each(connection, [key for flush, key in keys if not flush.partial])


def release(connection: Connection, claims: Sequence[Claim]) -> None:
    """Give replies back at once, for whoever sweeps next."""
    _RELEASE.each(connection, [{"row": held.row, "seen": held.fence} for held in claims])


def give_up(connection: Connection, held: Claim, now: datetime) -> None:
    """End a reply that nobody can read, so that it is not claimed for ever: it fails, and nothing is said."""
    _GIVE_UP.count(connection, row=held.row, seen=held.fence, now=to_micros(now))


def ask_to_stop(connection: Connection, held: Claim) -> None:
    """Ask whoever writes a reply to end it with what it has."""
    _ASK_TO_STOP.count(connection, row=held.row, seen=held.fence)


def fences(connection: Connection) -> dict[int, tuple[int, bool]]:
    """Return, for every reply that is being written, its fence and whether it is to be stopped, by row."""
    return {row: (fence, bool(stopping)) for row, fence, stopping in _FENCES.all(connection)}


def sealed(data_key: DataKey, reply_id: str, so_far: str) -> bytes:
    """Encrypt a text so far for its row."""
    return data_key.encrypt(so_far, partial_place(reply_id))
