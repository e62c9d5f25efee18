"""Reads what a turn starts from: the session of a sender, and where its newest conversation, or a named one, stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, bindparam, select

from chatterkeep.domain.conversation import Conversation, Owner, Status
from chatterkeep.domain.errors import NotFound, StoreBusy
from chatterkeep.domain.messages import Address, Capability, Sender, SessionRef
from chatterkeep.storage.crypto import DataKey, Forgotten, Vault, hash_token
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models import AddressRecord, ConversationRecord, SessionRecord
from chatterkeep.storage.models_access import TokenRecord
from chatterkeep.storage.places import address_lookups, answers_place
from chatterkeep.storage.statements import Row, Statement


@dataclass(frozen=True, slots=True)
class Left:
    """The newest conversation of a session, where a message goes on with an older one. `runs`: it was not over."""

    row: int
    version: int
    runs: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A session as a turn finds it, with its newest conversation if it has one, or with the one that was named.

    Found by an address, `proved_at` is the last sign that this is still its owner's.
    """

    session: int
    session_id: str
    data_key: DataKey
    last_number: int
    conversation: Conversation | None
    row: int
    conversation_id: str
    version: int
    wrapped: bytes
    """The data key as it is stored: a new one makes it another."""
    proved_at: datetime | None = None
    left: Left | None = None

    @property
    def is_older(self) -> bool:
        """Tell whether the conversation is not the newest of the session."""
        return self.conversation is not None and self.conversation.number != self.last_number


_CURRENT: Final = and_(
    ConversationRecord.session_id == SessionRecord.id,
    ConversationRecord.number == SessionRecord.last_number,
)
_KNOWN: Final = select(
    SessionRecord.id,
    SessionRecord.public_id,
    SessionRecord.data_key,
    SessionRecord.last_number,
    ConversationRecord.id,
    ConversationRecord.public_id,
    ConversationRecord.version,
    ConversationRecord.number,
    ConversationRecord.flow,
    ConversationRecord.flow_version,
    ConversationRecord.state,
    ConversationRecord.owner,
    ConversationRecord.last_message_at,
    ConversationRecord.status,
    ConversationRecord.answers,
    ConversationRecord.last_seq,
)
_BY_ADDRESS: Final = Statement(
    _KNOWN.add_columns(AddressRecord.proved_at)
    .select_from(AddressRecord)
    .join(SessionRecord, SessionRecord.id == AddressRecord.session_id)
    .join(ConversationRecord, _CURRENT, isouter=True)
    .where(AddressRecord.lookup == bindparam("lookup"), AddressRecord.channel == bindparam("channel"))
)
_BY_TOKEN: Final = Statement(
    _KNOWN.select_from(TokenRecord)
    .join(SessionRecord, SessionRecord.id == TokenRecord.session_id)
    .join(ConversationRecord, _CURRENT, isouter=True)
    .where(
        TokenRecord.hash == bindparam("hash"),
        TokenRecord.kind == bindparam("kind"),
        TokenRecord.ends_at > bindparam("now"),
    )
)
_BY_ID: Final = Statement(
    _KNOWN.select_from(SessionRecord)
    .join(ConversationRecord, _CURRENT, isouter=True)
    .where(SessionRecord.public_id == bindparam("public_id"))
)
_NAMED: Final = Statement(
    _KNOWN.select_from(SessionRecord)
    .join(ConversationRecord, ConversationRecord.session_id == SessionRecord.id)
    .where(
        SessionRecord.public_id == bindparam("public_id"),
        ConversationRecord.public_id == bindparam("conversation_id"),
    )
)
_NEWEST: Final = Statement(
    select(ConversationRecord.id, ConversationRecord.version, ConversationRecord.status).where(
        ConversationRecord.session_id == bindparam("session"), ConversationRecord.number == bindparam("number")
    )
)


def find(connection: Connection, vault: Vault, sender: Sender, now: datetime) -> Known | None:
    """Return what we know of a sender; None for one that never wrote, and for a token that has ended.

    Whose share is destroyed is being erased: their link opens nothing any more, and their number is to come again.
    Raises StoreBusy then.
    """
    match sender:
        case Address():
            rows = (
                _BY_ADDRESS.one(connection, lookup=lookup, channel=sender.channel.value)
                for lookup in address_lookups(vault, sender)
            )
            row = next(filter(None, rows), None)
        case Capability():
            token = hash_token(sender.token)
            row = _BY_TOKEN.one(connection, hash=token, kind=sender.kind.value, now=to_micros(now))
        case SessionRef():
            row = _BY_ID.one(connection, public_id=sender.public_id)
    try:
        return _known(vault, row) if row else None
    except Forgotten as error:
        if isinstance(sender, Address):
            raise StoreBusy("This session is being erased.") from error
        return None


def get(connection: Connection, vault: Vault, session: SessionRef) -> Known:
    """Return what we know of a session that the caller has a right to. Raises NotFound."""
    row = _BY_ID.one(connection, public_id=session.public_id)
    try:
        known = _known(vault, row) if row else None
    except Forgotten:
        known = None
    if known is None:
        raise NotFound("session")
    return known


def get_named(connection: Connection, vault: Vault, session: SessionRef, conversation_id: str) -> Known:
    """Return what we know of a session, with the conversation of it that is named. Raises NotFound."""
    row = _NAMED.one(connection, public_id=session.public_id, conversation_id=conversation_id)
    if row is None:
        get(connection, vault, session)
        raise NotFound("conversation")
    try:
        known = _known(vault, row)
    except Forgotten as error:
        raise NotFound("session") from error
    newest = _NEWEST.one(connection, session=known.session, number=known.last_number) if known.is_older else None
    if newest is None:
        return known
    runs = Status(newest[2]) in (Status.OPEN, Status.COMPLETE)
    return replace(known, left=Left(newest[0], newest[1], runs))


def held(connection: Connection, vault: Vault, holder: Capability | SessionRef, now: datetime) -> Known:
    """Return what we know of the session that a token opens, or that is named. Raises NotFound."""
    known = find(connection, vault, holder, now)
    if known is None:
        raise NotFound("session")
    return known


def _known(vault: Vault, row: Row) -> Known:
    data_key = vault.data_key(row[2], row[1])
    conversation = None
    if row[4] is not None:
        conversation = Conversation(
            number=row[7],
            flow=row[8],
            flow_version=row[9],
            state=row[10],
            owner=Owner(row[11]),
            last_message_at=from_micros(row[12]),
            status=Status(row[13]),
            answers=read_answers(data_key, row[14], row[5]),
            last_seq=row[15],
        )
    proved_at = from_micros(row[16]) if len(row) > 16 else None
    newest = (row[4] or 0, row[5] or "", row[6] or 0)
    return Known(row[0], row[1], data_key, row[3], conversation, *newest, row[2], proved_at)


def read_answers(data_key: DataKey, blob: bytes | None, conversation_id: str) -> Mapping[str, str]:
    """Decrypt a conversation's collected answers."""
    if blob is None:
        return {}
    answers: dict[str, str] = json.loads(data_key.decrypt(blob, answers_place(conversation_id)))
    return answers
