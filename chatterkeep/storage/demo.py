"""Stores made-up conversations by the thousand, and removes them again: they are the sessions of the channel `demo`."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from chatterkeep.domain.conversation import Conversation
from chatterkeep.domain.messages import Address, Author, Channel, Kind
from chatterkeep.storage.crypto import DataKey, Vault
from chatterkeep.storage.models import AddressRecord, ConversationRecord, MessageRecord, SessionRecord
from chatterkeep.storage.places import address_lookup, address_place, answers_place, body_place
from chatterkeep.storage.statements import Clash

_DEMO: Final = SessionRecord.channel == Channel.DEMO.value


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of a made-up conversation. `state` is where the flow stood after it."""

    author: Author
    text: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """A made-up session: its address, the one conversation in it, and all that was said there."""

    address: Address
    conversation: Conversation
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of something."""

    sessions: int
    messages: int


class Batch:
    """Stories, encrypted and ready to be stored; `save` is all that happens under the write lock."""

    def __init__(self, vault: Vault, stories: Sequence[Story]) -> None:
        ids = [str(uuid.uuid4()) for _ in stories]
        keys = zip(ids, vault.new_data_keys(ids), strict=True)
        self._rows = [_Rows(vault, story, *key) for story, key in zip(stories, keys, strict=True)]

    @property
    def messages(self) -> int:
        """How many messages the stories have together."""
        return sum(len(rows.messages) for rows in self._rows)

    def save(self, connection: Connection) -> None:
        """Store the stories. Raises Clash where one of their addresses is stored already."""
        sessions = _add(connection, SessionRecord, [rows.session for rows in self._rows])
        pairs = list(zip(sessions, self._rows, strict=True))
        try:
            connection.execute(insert(AddressRecord), [{"session_id": key, **rows.address} for key, rows in pairs])
        except IntegrityError as error:
            raise Clash from error
        conversations = _add(
            connection, ConversationRecord, [{"session_id": key, **rows.conversation} for key, rows in pairs]
        )
        connection.execute(
            insert(MessageRecord),
            [
                {"conversation_id": key, **message}
                for key, rows in zip(conversations, self._rows, strict=True)
                for message in rows.messages
            ],
        )


class _Rows:
    """The rows of one story, but for the row numbers that the database gives."""

    def __init__(self, vault: Vault, story: Story, session_id: str, key: tuple[bytes, DataKey]) -> None:
        began, (wrapped, data_key) = story.utterances[0].at, key
        channel, pepper = story.address.channel.value, vault.pepper_version
        lookup = address_lookup(vault, story.address, pepper)
        self.session = {
            "public_id": session_id,
            "data_key": wrapped,
            "channel": channel,
            "last_number": story.conversation.number,
            "created_at": began,
        }
        self.address = {
            "channel": channel,
            "lookup": lookup,
            "pepper_version": pepper,
            "ciphertext": data_key.encrypt(story.address.phone.e164, address_place(lookup)),
            "created_at": began,
            "proved_at": began,
        }
        conversation_id = str(uuid.uuid4())
        self.conversation = _conversation_row(story.conversation, conversation_id, data_key, began)
        self.messages = [
            {
                "seq": seq,
                "author": said.author.value,
                "kind": Kind.TEXT.value,
                "state": said.state,
                "body": data_key.encrypt(said.text, body_place(conversation_id, seq)),
                "created_at": said.at,
            }
            for seq, said in enumerate(story.utterances, 1)
        ]


def _conversation_row(value: Conversation, public_id: str, data_key: DataKey, began: datetime) -> dict[str, Any]:
    return {
        "public_id": public_id,
        "number": value.number,
        "flow": value.flow,
        "flow_version": value.flow_version,
        "state": value.state,
        "status": value.status.value,
        "owner": value.owner.value,
        "answers": data_key.encrypt(json.dumps(dict(value.answers)), answers_place(public_id)),
        "last_seq": value.last_seq,
        "created_at": began,
        "last_message_at": value.last_message_at,
    }


def _add(connection: Connection, table: type[Any], rows: list[dict[str, Any]]) -> Sequence[int]:
    """Insert rows and return their numbers, in the same order."""
    statement = insert(table).returning(table.id, sort_by_parameter_order=True)
    return connection.execute(statement, rows).scalars().all()


def count_demo(connection: Connection) -> Counts:
    """Count the made-up sessions and their messages."""
    messages = (
        select(func.coalesce(func.sum(ConversationRecord.last_seq), 0))
        .join(SessionRecord, SessionRecord.id == ConversationRecord.session_id)
        .where(_DEMO)
    )
    return Counts(_sessions(connection, _DEMO), connection.scalar(messages) or 0)


def has_real_sessions(connection: Connection) -> bool:
    """Tell whether anybody has a session who was not made up."""
    return connection.scalar(select(SessionRecord.id).where(~_DEMO).limit(1)) is not None


def next_demo_rows(connection: Connection, after: int, limit: int) -> Sequence[int]:
    """Return the row numbers of up to `limit` made-up sessions after one, in order."""
    rows = select(SessionRecord.id).where(_DEMO, SessionRecord.id > after).order_by(SessionRecord.id).limit(limit)
    return connection.scalars(rows).all()


def remove_sessions(connection: Connection, rows: Sequence[int]) -> None:
    """Remove made-up sessions with all that belongs to them; a real one stays, whatever its row number."""
    connection.execute(delete(SessionRecord).where(SessionRecord.id.in_(rows), _DEMO))


def _sessions(connection: Connection, condition: Any) -> int:
    return connection.scalar(select(func.count()).select_from(SessionRecord).where(condition)) or 0
