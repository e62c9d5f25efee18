"""Reads all that is kept of a session, for its person to take along."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, tuple_

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.dossier import Contact, Dossier, Link, Talk
from chatterkeep.domain.files import Extract
from chatterkeep.domain.messages import Channel, Kind, SessionRef
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.storage.conversations import open_title
from chatterkeep.storage.crypto import DataKey, Vault
from chatterkeep.storage.file_texts import file_text, files_of
from chatterkeep.storage.known import Known, get, read_answers
from chatterkeep.storage.models import AddressRecord, ConversationRecord, MessageRecord, SessionRecord
from chatterkeep.storage.models_access import TokenRecord
from chatterkeep.storage.numbers import typed_number
from chatterkeep.storage.places import address_place
from chatterkeep.storage.sessions import read_context
from chatterkeep.storage.threads import lines_after

_CONVERSATIONS: Final = ConversationRecord.__table__.c


def read_dossier(connection: Connection, vault: Vault, session_id: str, now: datetime) -> Dossier:
    """Return what is kept of a session at this moment. Raises NotFound."""
    known = get(connection, vault, SessionRef(session_id))
    talks, end = _talks(connection, known)
    record = SessionRecord
    of_session = select(record.channel, record.created_at).where(record.id == known.session)
    session = connection.execute(of_session).one()
    return Dossier(
        session_id=known.session_id,
        channel=Channel(session.channel),
        created_at=session.created_at,
        contacts=_contacts(connection, known.session, known.data_key),
        typed_phone=typed_number(connection, known),
        context=read_context(connection, known),
        links=_links(connection, known.session),
        files=tuple(files_of(connection, known.session, known.data_key)),
        talks=talks,
        messages=_count(connection, known.session, end),
        end=end,
        at=now,
    )


def read_part(connection: Connection, vault: Vault, session_id: str, after: Position, limit: int) -> list[Line]:
    """Return up to `limit` messages after a place, oldest first; without notes. Raises NotFound.

    The session is looked up each time: its key may have changed since the last part.
    """
    known = get(connection, vault, SessionRef(session_id))
    return lines_after(connection, known.session, known.data_key, after, limit)


def read_text(connection: Connection, vault: Vault, session_id: str, file_id: str) -> Extract | None:
    """Return the text of a file of a session; None once it was erased. Raises NotFound."""
    known = get(connection, vault, SessionRef(session_id))
    return file_text(connection, known.session, known.data_key, file_id)


def _contacts(connection: Connection, session: int, data_key: DataKey) -> tuple[Contact, ...]:
    record = AddressRecord
    rows = connection.execute(select(record.__table__).where(record.session_id == session).order_by(record.id))
    return tuple(
        Contact(
            channel=Channel(row.channel),
            phone=PhoneNumber(data_key.decrypt(row.ciphertext, address_place(row.lookup))),
            since=row.created_at,
            proved_at=row.proved_at,
        )
        for row in rows
    )


def _links(connection: Connection, session: int) -> tuple[Link, ...]:
    record = TokenRecord
    query = (
        select(record.kind, record.created_at, record.used_at, record.ends_at)
        .where(record.session_id == session)
        .order_by(record.created_at, record.hash)
    )
    return tuple(Link(*row) for row in connection.execute(query))


def _talks(connection: Connection, known: Known) -> tuple[tuple[Talk, ...], Position]:
    """Return the conversations in order, and the place of the last message."""
    query = select(ConversationRecord.__table__).where(_CONVERSATIONS.session_id == known.session)
    rows = connection.execute(query.order_by(_CONVERSATIONS.number)).all()
    end = Position(rows[-1].number, rows[-1].last_seq) if rows else Position()
    return tuple(_talk(known.data_key, row) for row in rows), end


def _talk(data_key: DataKey, row: Any) -> Talk:
    return Talk(
        conversation_id=row.public_id,
        number=row.number,
        flow=row.flow,
        state=row.state,
        status=Status(row.status),
        owner=Owner(row.owner),
        title=open_title(data_key, row.title, row.public_id),
        outcome=row.outcome,
        assignee=row.assignee,
        answers=read_answers(data_key, row.answers, row.public_id),
        created_at=row.created_at,
        last_message_at=row.last_message_at,
    )


def _count(connection: Connection, session: int, end: Position) -> int:
    query = (
        select(func.count())
        .select_from(ConversationRecord)
        .join(MessageRecord, MessageRecord.conversation_id == ConversationRecord.id)
        .where(
            ConversationRecord.session_id == session,
            MessageRecord.kind != Kind.NOTE.value,
            tuple_(ConversationRecord.number, MessageRecord.seq) <= (end.number, end.seq),
        )
    )
    return connection.scalar(query) or 0
