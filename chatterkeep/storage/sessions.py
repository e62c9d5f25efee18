"""Opens sessions that do not begin with a message: a page's, with the number its visitor typed, or an API client's.

Reads and changes what is kept of a session besides its messages.
"""

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from chatterkeep.domain.conversation import Status
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.links import Terms
from chatterkeep.domain.messages import Channel, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage.crypto import DataKey, Vault, hash_token
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.known import Known
from chatterkeep.storage.models import ConversationRecord, SessionRecord
from chatterkeep.storage.models_access import TokenRecord
from chatterkeep.storage.places import claim_lookup, claim_place, context_place
from chatterkeep.storage.statements import Statement


class Fresh:
    """A session that is about to be opened. Its key waits for the disk, so this is made before the write.

    A claimed number is kept for staff and for later proof; it opens nothing.
    """

    def __init__(self, vault: Vault, channel: Channel, claimed: PhoneNumber | None = None) -> None:
        self.channel = channel
        self.session_id = str(uuid.uuid4())
        wrapped, self.data_key = vault.new_data_key(self.session_id)
        self.row = {
            "public_id": self.session_id,
            "data_key": wrapped,
            "channel": channel.value,
            "claimed_phone": self.data_key.encrypt(claimed.e164, claim_place(self.session_id)) if claimed else None,
            "claimed_lookup": claim_lookup(vault, claimed) if claimed else None,
        }


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just made. The token is known only here and to whom it is given."""

    session: int
    session_id: str
    data_key: DataKey
    token: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What is noted on a session: when it began; how its newest conversation ended, and whose it is."""

    created_at: datetime
    outcome: str | None
    assignee: str | None


_ADD_SESSION: Final = Statement(
    insert(SessionRecord)
    .values(
        public_id=bindparam("public_id"),
        data_key=bindparam("data_key"),
        channel=bindparam("channel"),
        last_number=0,
        claimed_phone=bindparam("claimed_phone"),
        claimed_lookup=bindparam("claimed_lookup"),
        created_at=bindparam("created_at"),
    )
    .returning(SessionRecord.id)
)
_ADD_TOKEN: Final = Statement(
    insert(TokenRecord).values(
        hash=bindparam("hash"),
        session_id=bindparam("session_id"),
        kind=bindparam("kind"),
        created_at=bindparam("created_at"),
        used_at=bindparam("created_at"),
        ends_at=bindparam("ends_at"),
    )
)
_LOCK: Final = Statement(select(SessionRecord.id).where(SessionRecord.id == bindparam("session")).with_for_update())
_CONTEXT: Final = Statement(select(SessionRecord.context).where(SessionRecord.id == bindparam("session")))
_SET_CONTEXT: Final = Statement(
    update(SessionRecord).where(SessionRecord.id == bindparam("session")).values(context=bindparam("told"))
)
_TOKEN: Final = Statement(
    select(SessionRecord.public_id)
    .join(TokenRecord, TokenRecord.session_id == SessionRecord.id)
    .where(
        TokenRecord.hash == bindparam("hash"),
        TokenRecord.kind == bindparam("kind"),
        TokenRecord.ends_at > bindparam("now"),
    )
)
_LABELS: Final = Statement(
    select(SessionRecord.created_at, ConversationRecord.outcome, ConversationRecord.assignee)
    .join(
        ConversationRecord,
        and_(
            ConversationRecord.session_id == SessionRecord.id,
            ConversationRecord.number == SessionRecord.last_number,
        ),
        isouter=True,
    )
    .where(SessionRecord.id == bindparam("session"))
)
_CONVERSATION: Final = update(ConversationRecord).where(ConversationRecord.id == bindparam("row"))
_SET_OUTCOME: Final = Statement(_CONVERSATION.values(outcome=bindparam("label")))
_SET_ASSIGNEE: Final = Statement(_CONVERSATION.values(assignee=bindparam("label")))
_CLOSE: Final = Statement(
    _CONVERSATION.where(ConversationRecord.status != bindparam("closed")).values(
        status=bindparam("closed"), version=ConversationRecord.version + 1
    )
)


def open_session(connection: Connection, fresh: Fresh, now: datetime, terms: Terms) -> Opened:
    """Store a session that was made ready, and a token for it."""
    session = _ADD_SESSION.key(connection, created_at=to_micros(now), **fresh.row)
    kind = TokenKind.PAGE if fresh.channel is Channel.WEB else TokenKind.API
    return Opened(session, fresh.session_id, fresh.data_key, add_token(connection, session, kind, now, terms))


def add_token(connection: Connection, session: int, kind: TokenKind, now: datetime, terms: Terms) -> str:
    """Make one more token for a session."""
    token = new_token(kind)
    _ADD_TOKEN.count(
        connection,
        hash=hash_token(token),
        session_id=session,
        kind=kind.value,
        created_at=to_micros(now),
        ends_at=to_micros(terms.end(now, now)),
    )
    return token


def lock_session(connection: Connection, known: Known) -> None:
    """Let nobody else change a session until this write ends. On SQLite nobody else can anyway."""
    _LOCK.one(connection, session=known.session)


def read_context(connection: Connection, known: Known) -> dict[str, Any]:
    """Return what a client told of a session; nothing where none did."""
    return context_of(connection, known.session, known.session_id, known.data_key)


def context_of(connection: Connection, session: int, session_id: str, data_key: DataKey) -> dict[str, Any]:
    """Return the same for a session by its row, public id and key."""
    row = _CONTEXT.one(connection, session=session)
    if row is None or row[0] is None:
        return {}
    told: dict[str, Any] = json.loads(data_key.decrypt(bytes(row[0]), context_place(session_id)))
    return told


def write_context(connection: Connection, known: Known, context: Mapping[str, Any]) -> None:
    """Keep what a client tells of a session, in place of what it told before."""
    told = known.data_key.encrypt(json.dumps(context), context_place(known.session_id))
    _SET_CONTEXT.count(connection, session=known.session, told=told)


def session_of(connection: Connection, token: str, kind: TokenKind, now: datetime) -> str | None:
    """Return the public id of the session that a token opens, if any."""
    row = _TOKEN.one(connection, hash=hash_token(token), kind=kind.value, now=to_micros(now))
    return row[0] if row else None


def read_labels(connection: Connection, session: int) -> Labels:
    """Return what is noted of a session."""
    row = _LABELS.one(connection, session=session)
    if row is None:
        raise NotFound("session")
    return Labels(from_micros(row[0]), row[1], row[2])


def write_labels(connection: Connection, conversation: int, changes: Mapping[str, str | None]) -> None:
    """Note what is given of a conversation's `outcome` and `assignee`; None clears it."""
    if "outcome" in changes:
        _SET_OUTCOME.count(connection, row=conversation, label=changes["outcome"])
    if "assignee" in changes:
        _SET_ASSIGNEE.count(connection, row=conversation, label=changes["assignee"])


def close_conversation(connection: Connection, conversation: int) -> None:
    """Close a conversation. A turn that was decided on it while it was open finds a newer version, and starts over."""
    _CLOSE.count(connection, row=conversation, closed=Status.CLOSED.value)


def new_token(kind: TokenKind) -> str:
    """Return a new random token of 256 bits; an API client's carries a prefix that secret scanners know."""
    prefix = "ck_s_" if kind is TokenKind.API else ""
    return prefix + secrets.token_urlsafe(32)
