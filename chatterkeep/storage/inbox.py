"""Finds conversations for staff, newest first.

The list walks `ix_conversations_last_message_at_id` and stops after a page, however many conversations there are. It
is cut first and joined afterwards, so that no other table can lead the plan. A filter without an index of its own
makes the walk longer, up to the whole index for what hardly ever occurs; an index for each would be rewritten with
every message, since every message moves its conversation in it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    literal,
    select,
    tuple_,
    union_all,
)

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.inbox import Filters, Item, Place, Step, Who
from chatterkeep.domain.markdown import plain_text
from chatterkeep.domain.messages import Address, Channel, Kind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage.crypto import CannotDecrypt, DataKey, Vault
from chatterkeep.storage.instants import Instant
from chatterkeep.storage.models import AddressRecord, ConversationRecord, Key, MessageRecord, SessionRecord
from chatterkeep.storage.parts import parts
from chatterkeep.storage.places import address_lookups, address_place, body_place, claim_lookups, claim_place

UNREADABLE: Final = "(This cannot be decrypted.)"
"""Stands for what was encrypted with a key that is gone. One such value must not hide all others."""

CONVERSATIONS: Final = ConversationRecord.__table__
SESSION: Final = (
    SessionRecord.public_id.label("session_public_id"),
    SessionRecord.data_key,
    SessionRecord.channel,
    SessionRecord.claimed_phone,
)


def find_items(connection: Connection, vault: Vault, filters: Filters, step: Step | None, limit: int) -> list[Item]:
    """Return up to `limit` conversations, newest first: the newest of all, or the next ones from a place."""
    cut = _cut(vault, filters, step, limit).subquery()
    query = (
        select(cut, *SESSION, MessageRecord.body, MessageRecord.kind)
        .select_from(cut)
        .join(SessionRecord, SessionRecord.id == cut.c.session_id)
        .join(
            MessageRecord,
            and_(MessageRecord.conversation_id == cut.c.id, MessageRecord.seq == cut.c.last_seq),
            isouter=True,
        )
        .order_by(cut.c.last_message_at.desc(), cut.c.id.desc())
    )
    rows = connection.execute(query).all()
    addresses = addresses_of(connection, [row.session_id for row in rows])
    return [_item(vault, row, addresses.get(row.session_id)) for row in rows]


def addresses_of(connection: Connection, sessions: Sequence[int]) -> dict[int, tuple[bytes, bytes]]:
    """Return the first address of each session: its keyed hash and its ciphertext.

    Asked for apart: PostgreSQL takes the first of a session by walking all addresses if that is left to a join.
    """
    record, found = AddressRecord, dict[int, tuple[bytes, bytes]]()
    query = select(record.session_id, record.lookup, record.ciphertext).order_by(record.id.desc())
    for some in parts(sessions):
        rows = connection.execute(query.where(record.session_id.in_(some)))
        found |= {row.session_id: (row.lookup, row.ciphertext) for row in rows}
    return found


def who_of(data_key: DataKey | None, row: Row[Any], address: tuple[bytes, bytes] | None) -> Who:
    """Return whose session it is: by its address, else by the number its visitor typed."""
    if address:
        lookup, ciphertext = address
        number = readable(data_key, ciphertext, address_place(lookup))
    else:
        number = readable(data_key, row.claimed_phone, claim_place(row.session_public_id))
    is_known = number not in ("", UNREADABLE)
    return Who(Channel(row.channel), PhoneNumber(number) if is_known else None)


def open_data_key(vault: Vault, row: Row[Any]) -> DataKey | None:
    """Return the key of a session, None if what wrapped it is gone."""
    try:
        return vault.data_key(row.data_key, row.session_public_id)
    except CannotDecrypt:
        return None


def readable(data_key: DataKey | None, blob: bytes | None, place: str) -> str:
    """Return a text, UNREADABLE if it cannot be decrypted."""
    if blob is None:
        return ""
    try:
        return data_key.decrypt(blob, place) if data_key else UNREADABLE
    except CannotDecrypt:
        return UNREADABLE


def proved_sessions_of(vault: Vault, phone: PhoneNumber) -> Select[int]:
    """The sessions (rows) that are a number's own, on whatever channel."""
    lookups = [lookup for channel in Channel for lookup in address_lookups(vault, Address(channel, phone))]
    return select(AddressRecord.session_id).where(AddressRecord.lookup.in_(lookups))


def sessions_of(vault: Vault, phone: PhoneNumber) -> CompoundSelect[Any]:
    """The sessions (rows) of a number, on whatever channel, and of visitors who typed it."""
    return union_all(
        proved_sessions_of(vault, phone),
        select(SessionRecord.id).where(SessionRecord.claimed_lookup.in_(claim_lookups(vault, phone))),
    )


def _cut(vault: Vault, filters: Filters, step: Step | None, limit: int) -> Select[Any]:
    """One page of conversations, without anything that belongs to them."""
    source = CONVERSATIONS if filters.phone is None else _of_person(vault, filters.phone)
    place = tuple_(source.c.last_message_at, source.c.id)
    query = select(source).where(*_conditions(source.c, filters)).limit(limit)
    newest_first = query.order_by(source.c.last_message_at.desc(), source.c.id.desc())
    if step is None:
        return newest_first
    here = tuple_(literal(step.place.at, Instant()), literal(step.place.row, Key))
    if step.newer:
        return query.where(place > here).order_by(source.c.last_message_at, source.c.id)
    return newest_first.where(place < here)


def _conditions(columns: Any, filters: Filters) -> Iterator[ColumnElement[bool]]:
    for column in (columns.state, columns.flow, columns.status, columns.owner):
        if (value := getattr(filters, column.name)) is not None:
            yield column == str(value)
    if filters.since is not None:
        yield columns.last_message_at >= filters.since
    if filters.until is not None:
        yield columns.last_message_at < filters.until
    if filters.channel is not None:
        channel = select(SessionRecord.channel).where(SessionRecord.id == columns.session_id).scalar_subquery()
        yield channel == filters.channel.value


def _of_person(vault: Vault, phone: PhoneNumber) -> CTE:
    """The conversations of a number, on whatever channel, and of visitors who typed it.

    Found before all else: PostgreSQL may think that walking the list until they turn up were quicker.
    """
    found = select(CONVERSATIONS).where(CONVERSATIONS.c.session_id.in_(sessions_of(vault, phone)))
    return found.cte("of_person").prefix_with("MATERIALIZED")


def _item(vault: Vault, row: Row[Any], address: tuple[bytes, bytes] | None) -> Item:
    data_key = open_data_key(vault, row)
    text = readable(data_key, row.body, body_place(row.public_id, row.last_seq))
    return Item(
        place=Place(row.last_message_at, row.id),
        conversation_id=row.public_id,
        who=who_of(data_key, row, address),
        text=plain_text(text) if Kind(row.kind).is_generated else text,
        flow=row.flow,
        state=row.state,
        status=Status(row.status),
        owner=Owner(row.owner),
        count=row.last_seq,
    )
