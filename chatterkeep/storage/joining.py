"""Joins a page's session with that of the number it proved: one write, after which one link opens all of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Address, Author, Kind, SessionRef
from chatterkeep.domain.proofs import Joining, joining
from chatterkeep.domain.remarks import MOVED_ON, PROVED
from chatterkeep.storage.claims import ACTIVE
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.doomed import doom
from chatterkeep.storage.files import rewrap_files
from chatterkeep.storage.halting import halt
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.known import Known, get
from chatterkeep.storage.links import end_all
from chatterkeep.storage.models import AddressRecord, ConversationRecord, ReplyRecord, SessionRecord
from chatterkeep.storage.numbers import claim
from chatterkeep.storage.peppers import keep_single, stored_lookup
from chatterkeep.storage.places import address_lookup, address_place, body_place
from chatterkeep.storage.recrypt import recrypt_conversations
from chatterkeep.storage.statements import Clash, Statement
from chatterkeep.storage.turn_rows import ADD_ADDRESS, ADD_MESSAGE
from chatterkeep.storage.turns import Stale


@dataclass(frozen=True, slots=True)
class Ages:
    """For how long a number is its owner's without a sign, and for how long a silent conversation goes on."""

    number: timedelta
    talk: timedelta


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a page's session, and the session (row and public id) that its new link opens."""

    how: Joining
    session: int
    session_id: str


@dataclass(frozen=True, slots=True)
class _Holder:
    """The session that a number leads to, and the last sign of its owner."""

    session: int
    session_id: str
    proved_at: datetime


_ADDRESS: Final = (AddressRecord.lookup == bindparam("lookup"), AddressRecord.channel == bindparam("channel"))
_HOLDER: Final = Statement(
    select(AddressRecord.session_id, SessionRecord.public_id, AddressRecord.proved_at)
    .join(SessionRecord, SessionRecord.id == AddressRecord.session_id)
    .where(*_ADDRESS)
    .with_for_update(of=AddressRecord)
)
_SIGN: Final = Statement(update(AddressRecord).where(*_ADDRESS).values(proved_at=bindparam("now")))
_RELEASE: Final = Statement(delete(AddressRecord).where(*_ADDRESS, AddressRecord.proved_at == bindparam("seen")))
_CONVERSATIONS: Final = Statement(
    select(ConversationRecord.id)
    .where(ConversationRecord.session_id == bindparam("session"))
    .order_by(ConversationRecord.number)
    .with_for_update()
)
_LOCK: Final = Statement(select(SessionRecord.id).where(SessionRecord.id == bindparam("session")).with_for_update())
_MOVE: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"))
    .values(session_id=bindparam("session"), number=bindparam("place"))
)
_COUNT: Final = Statement(
    update(SessionRecord).where(SessionRecord.id == bindparam("session")).values(last_number=bindparam("number"))
)
_RUNNING: Final = or_(
    ConversationRecord.status == Status.OPEN.value, ConversationRecord.status == Status.COMPLETE.value
)
_NEWER: Final = ConversationRecord.version + 1
_TOUCH: Final = Statement(
    update(ConversationRecord).where(ConversationRecord.id == bindparam("row")).values(version=_NEWER)
)
_CLOSE: Final = Statement(
    update(ConversationRecord)
    .where(
        ConversationRecord.id == bindparam("row"),
        _RUNNING,
        ~select(ReplyRecord.id).where(ReplyRecord.conversation_id == ConversationRecord.id, ACTIVE).exists(),
    )
    .values(status=Status.CLOSED.value)
)
_ASSIGNEE: Final = Statement(select(ConversationRecord.assignee).where(ConversationRecord.id == bindparam("row")))
_HAND_OVER: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"))
    .values(owner=Owner.HUMAN.value, status=Status.OPEN.value, assignee=bindparam("whose"), version=_NEWER)
)
_NEXT_SEQ: Final = Statement(
    update(ConversationRecord)
    .where(
        ConversationRecord.session_id == bindparam("session"),
        ConversationRecord.number
        == select(SessionRecord.last_number).where(SessionRecord.id == bindparam("session")).scalar_subquery(),
    )
    .values(last_seq=ConversationRecord.last_seq + 1, version=_NEWER, last_message_at=bindparam("now"))
    .returning(
        ConversationRecord.id, ConversationRecord.public_id, ConversationRecord.last_seq, ConversationRecord.state
    )
)
_EXPIRE: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"), _RUNNING)
    .values(status=Status.EXPIRED.value)
)
_REMOVE: Final = Statement(delete(SessionRecord).where(SessionRecord.id == bindparam("session")))


def join(connection: Connection, vault: Vault, page: Known, address: Address, now: datetime, ages: Ages) -> Joined:
    """Let a page's session and the proved number be one, and end all tokens of the page's session.

    Raises Stale where somebody else was faster, and NotFound once the session is gone; nothing may stay then.
    """
    lookup, channel = stored_lookup(connection, vault, address), address.channel.value
    row = _HOLDER.one(connection, lookup=lookup, channel=channel)
    holder = _Holder(row[0], row[1], from_micros(row[2])) if row else None
    how = joining(
        page.session, holder.session if holder else None, holder.proved_at if holder else None, now, ages.number
    )
    target = page
    if how is Joining.STALE and holder:
        release(connection, vault, get(connection, vault, SessionRef(holder.session_id)), address, holder.proved_at)
        say(connection, vault, SessionRef(holder.session_id), MOVED_ON, now, ages.talk)
    if how is Joining.JOINS and holder:
        target = _append(connection, vault, page, SessionRef(holder.session_id), now)
    if how in (Joining.FIRST, Joining.STALE):
        _give(connection, vault, page, address, now)
    else:
        _SIGN.count(connection, lookup=lookup, channel=channel, now=to_micros(now))
    end_all(connection, page.session)
    if how is Joining.JOINS:
        doom(connection, [page.session])
        _REMOVE.count(connection, session=page.session)
    say(connection, vault, SessionRef(target.session_id), PROVED, now, ages.talk)
    return Joined(how, target.session, target.session_id)


def release(connection: Connection, vault: Vault, holder: Known, address: Address, seen: datetime) -> None:
    """Let a number lead to its session no more: it stays there as a claim. Raises Stale unless `seen` is its sign."""
    lookup, channel = stored_lookup(connection, vault, address), address.channel.value
    if not _RELEASE.count(connection, lookup=lookup, channel=channel, seen=to_micros(seen)):
        raise Stale
    claim(connection, vault, holder, address.phone)


def sign(connection: Connection, vault: Vault, address: Address, now: datetime) -> None:
    """Note a sign that a number is still its owner's."""
    lookup = stored_lookup(connection, vault, address)
    _SIGN.count(connection, lookup=lookup, channel=address.channel.value, now=to_micros(now))


def say(
    connection: Connection, vault: Vault, session: SessionRef, text: str, now: datetime, timeout: timedelta
) -> None:
    """Add a line of the system to a session's newest conversation, if it has one, which goes on from then."""
    known = get(connection, vault, session)
    if known.conversation and known.conversation.is_over(now, timeout):
        _EXPIRE.count(connection, row=known.row)
    row = _NEXT_SEQ.one(connection, session=known.session, now=to_micros(now))
    if row is None:
        return
    conversation, conversation_id, seq, state = row
    ADD_MESSAGE.count(
        connection,
        conversation_id=conversation,
        seq=seq,
        author=Author.SYSTEM.value,
        kind=Kind.TEXT.value,
        state=state,
        body=known.data_key.encrypt(text, body_place(conversation_id, seq)),
        created_at=to_micros(now),
    )


def _append(connection: Connection, vault: Vault, page: Known, ref: SessionRef, now: datetime) -> Known:
    """Put the page's conversations behind those of the number's session, under its key."""
    moving = _locked(connection, page.session, get(connection, vault, ref))
    holder = get(connection, vault, ref)
    page = get(connection, vault, SessionRef(page.session_id))  # now that nobody gives it a new data key
    rewrap_files(connection, page.session, page.data_key, holder.data_key, holder.session)
    if not moving:
        return holder
    if holder.conversation and _is_a_persons(holder):
        halt(connection, vault, moving[-1], now)
        whose = _ASSIGNEE.one(connection, row=holder.row)
        _HAND_OVER.count(connection, row=moving[-1], whose=whose[0] if whose else None)
    if holder.conversation:
        # Newer than what any turn has read, so that none goes on there; a reply being written there is still said.
        _TOUCH.count(connection, row=holder.row)
        _CLOSE.count(connection, row=holder.row)
    recrypt_conversations(connection, page.session, page.data_key, holder.data_key)
    for place, row in enumerate(moving, holder.last_number + 1):
        _MOVE.count(connection, row=row, session=holder.session, place=place)
    _COUNT.count(connection, session=holder.session, number=holder.last_number + len(moving))
    return holder


def _locked(connection: Connection, page: int, holder: Known) -> list[int]:
    """Keep turns out of both sessions, as they lock: conversations first. Return those of the page, oldest first.

    On SQLite nobody else writes anyway.
    """
    if holder.row:
        _TOUCH.count(connection, row=holder.row)
    _CONVERSATIONS.all(connection, session=page)
    for session in sorted((page, holder.session)):
        _LOCK.one(connection, session=session)
    return [row[0] for row in _CONVERSATIONS.all(connection, session=page)]


def _is_a_persons(holder: Known) -> bool:
    now = holder.conversation
    return now is not None and now.owner is Owner.HUMAN and now.status in (Status.OPEN, Status.COMPLETE)


def _give(connection: Connection, vault: Vault, page: Known, address: Address, now: datetime) -> None:
    """Let a number lead to the page's session. What was claimed there is proved now, or was another's."""
    _LOCK.one(connection, session=page.session)
    page = get(connection, vault, SessionRef(page.session_id))  # now that nobody gives it a new data key
    pepper, at = vault.pepper_version, to_micros(now)
    lookup = address_lookup(vault, address, pepper)
    try:
        keep_single(connection, vault, address)
        ADD_ADDRESS.count(
            connection,
            session_id=page.session,
            channel=address.channel.value,
            lookup=lookup,
            pepper_version=pepper,
            ciphertext=page.data_key.encrypt(address.phone.e164, address_place(lookup)),
            created_at=at,
            proved_at=at,
        )
    except Clash as error:
        raise Stale from error
    claim(connection, vault, page, None)
