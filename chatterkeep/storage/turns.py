"""Stores what a turn led to. The hot path: few statements, no objects of the ORM.

A turn is decided and encrypted before the write lock is taken. Inside it only stands: has the conversation changed
since (its version tells), then the rows, then COMMIT.
"""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, update

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Address, Author, Delivery, Inbound, Kind, Sender
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.turn import Turn
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.deliveries import ADD_DELIVERY, delivery_key, fingerprint
from chatterkeep.storage.known import Known
from chatterkeep.storage.models import AddressRecord, ConversationRecord, MessageRecord, SessionRecord, to_micros
from chatterkeep.storage.places import address_lookup, address_place, answers_place, body_place
from chatterkeep.storage.statements import Clash, Statement


class Stale(Exception):
    """Somebody else wrote to this conversation first: read again, decide again."""


class Duplicate(Exception):
    """This delivery already had its effect."""


def _row_of(table: type[Any], *names: str) -> Any:
    return insert(table).values({name: bindparam(name) for name in names})


_ADD_SESSION: Final = Statement(
    _row_of(SessionRecord, "public_id", "data_key", "channel", "last_number", "created_at").returning(SessionRecord.id)
)
_ADD_ADDRESS: Final = Statement(
    _row_of(
        AddressRecord,
        "session_id",
        "channel",
        "lookup",
        "pepper_version",
        "ciphertext",
        "created_at",
    )
)
_NEXT_NUMBER: Final = Statement(
    update(SessionRecord)
    .where(SessionRecord.id == bindparam("session"), SessionRecord.last_number == bindparam("seen"))
    .values(last_number=bindparam("number"))
)
_ADD_CONVERSATION: Final = Statement(
    _row_of(
        ConversationRecord,
        *(
            "session_id",
            "public_id",
            "number",
            "version",
            "flow",
            "flow_version",
            "state",
            "status",
            "owner",
        ),
        *("answers", "last_seq", "created_at", "last_message_at"),
    ).returning(ConversationRecord.id)
)
_MOVE: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"), ConversationRecord.version == bindparam("seen"))
    .values(
        version=bindparam("version"),
        state=bindparam("state"),
        status=bindparam("status"),
        answers=bindparam("answers"),
        owner=bindparam("owner"),
        last_seq=bindparam("last_seq"),
        last_message_at=bindparam("last_message_at"),
    )
)
_END: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"), ConversationRecord.version == bindparam("seen"))
    .values(version=bindparam("version"), status=bindparam("status"))
)
_ADD_MESSAGE: Final = Statement(
    _row_of(MessageRecord, "conversation_id", "seq", "author", "kind", "state", "body", "created_at")
)


class Draft:
    """A turn, encrypted and ready to be stored; `save` is all that happens under the write lock."""

    def __init__(self, vault: Vault, known: Known | None, inbound: Inbound, turn: Turn, now: datetime) -> None:
        self._known = known
        self._turn = turn
        self._now = to_micros(now)
        if known:
            self.session_id, self._data_key = known.session_id, known.data_key
        else:
            self._prepare_session(vault, inbound.sender)
        self.conversation_id = known.conversation_id if known and not turn.started else str(uuid.uuid4())
        self._messages = self._encrypted(inbound)
        self._answers = self._encrypted_answers()
        self._delivery = self._delivery_row(vault, inbound, inbound.delivery) if inbound.delivery else None

    def _prepare_session(self, vault: Vault, sender: Sender) -> None:
        if not isinstance(sender, Address):
            raise NotFound("session")
        self.session_id = str(uuid.uuid4())
        wrapped, self._data_key = vault.new_data_key(self.session_id)
        self._session = {
            "public_id": self.session_id,
            "data_key": wrapped,
            "channel": sender.channel.value,
            "last_number": 1,
            "created_at": self._now,
        }
        lookup = address_lookup(vault, sender)
        self._address = {
            "channel": sender.channel.value,
            "lookup": lookup,
            "pepper_version": vault.pepper_version,
            "ciphertext": self._data_key.encrypt(sender.phone.e164, address_place(lookup)),
            "created_at": self._now,
        }

    def save(self, connection: Connection, admit: Callable[[], None]) -> Outcome:
        """Store the turn if `admit` lets it. Raises Stale, Duplicate or what `admit` raises: nothing may stay then."""
        try:
            row = self._write_conversation(connection)
            _ADD_MESSAGE.each(connection, [{"conversation_id": row, **message} for message in self._messages])
        except Clash as error:
            raise Stale from error
        if self._delivery:
            try:
                ADD_DELIVERY.count(connection, conversation_id=row, **self._delivery)
            except Clash as error:
                raise Duplicate from error
        admit()
        turn = self._turn
        return Outcome(self.session_id, self.conversation_id, turn.message_seq, turn.said, turn.after.state)

    def _write_conversation(self, connection: Connection) -> int:
        known = self._known
        if known and not self._turn.started:
            return self._move(connection, known)
        session = self._continue_session(connection, known) if known else self._new_session(connection)
        after = self._turn.after
        return _ADD_CONVERSATION.key(
            connection,
            session_id=session,
            public_id=self.conversation_id,
            number=after.number,
            version=1,
            flow=after.flow,
            flow_version=after.flow_version,
            created_at=self._now,
            **self._progress(),
        )

    def _move(self, connection: Connection, known: Known) -> int:
        version = known.version + 1
        if not _MOVE.count(connection, row=known.row, seen=known.version, version=version, **self._progress()):
            raise Stale
        return known.row

    def _continue_session(self, connection: Connection, known: Known) -> int:
        number, ended = self._turn.after.number, self._turn.ended
        if ended and not _END.count(
            connection,
            row=known.row,
            seen=known.version,
            version=known.version + 1,
            status=ended.value,
        ):
            raise Stale
        if not _NEXT_NUMBER.count(connection, session=known.session, seen=known.last_number, number=number):
            raise Stale
        return known.session

    def _new_session(self, connection: Connection) -> int:
        session = _ADD_SESSION.key(connection, **self._session)
        _ADD_ADDRESS.count(connection, session_id=session, **self._address)
        return session

    def _progress(self) -> dict[str, Any]:
        after = self._turn.after
        return {
            "state": after.state,
            "status": after.status.value,
            "owner": after.owner.value,
            "answers": self._answers,
            "last_seq": after.last_seq,
            "last_message_at": self._now,
        }

    def _encrypted(self, inbound: Inbound) -> list[dict[str, Any]]:
        first, state = self._turn.message_seq, self._turn.after.state
        lines = [(inbound.author, inbound.text), *((Author.BOT, line) for line in self._turn.said)]
        return [
            {
                "seq": seq,
                "author": author.value,
                "kind": Kind.TEXT.value,
                "state": state,
                "body": self._data_key.encrypt(line, body_place(self.conversation_id, seq)),
                "created_at": self._now,
            }
            for seq, (author, line) in enumerate(lines, first)
        ]

    def _encrypted_answers(self) -> bytes | None:
        answers = self._turn.after.answers
        if not answers:
            return None
        return self._data_key.encrypt(json.dumps(dict(answers)), answers_place(self.conversation_id))

    def _delivery_row(self, vault: Vault, inbound: Inbound, delivery: Delivery) -> dict[str, Any]:
        return {
            "key": delivery_key(vault, delivery),
            "fingerprint": fingerprint(vault, inbound),
            "seq": self._turn.message_seq,
            "replies": len(self._turn.said),
            "created_at": self._now,
        }
