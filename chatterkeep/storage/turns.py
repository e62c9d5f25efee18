"""Stores what a turn led to. The hot path: few statements, no objects of the ORM.

A turn is decided and encrypted before the write lock is taken. Inside it only stands: has the conversation changed
since (its version tells, or the session's data key where the conversation is new), then the rows, then COMMIT.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from chatterkeep.domain.conversation import Status
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Address, Author, Delivery, Inbound, Kind, Sender
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.replies import Claim, Reply
from chatterkeep.domain.turn import Turn
from chatterkeep.storage.asking import Question, abandon, ask
from chatterkeep.storage.claims import Lost
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.deliveries import ADD_DELIVERY, delivery_key, fingerprint
from chatterkeep.storage.files import hang
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.known import Known
from chatterkeep.storage.peppers import keep_single
from chatterkeep.storage.places import address_lookup, address_place, answers_place, body_place
from chatterkeep.storage.statements import Clash
from chatterkeep.storage.turn_rows import (
    ADD_ADDRESS,
    ADD_CONVERSATION,
    ADD_MESSAGE,
    ADD_SESSION,
    END,
    MOVE,
    NEXT_NUMBER,
    RENUMBER,
)


class Stale(Exception):
    """Somebody else wrote to this conversation first: read again, decide again."""


class Duplicate(Exception):
    """This delivery already had its effect."""


def _numbered(turn: Turn, known: Known | None) -> Turn:
    """Number a new conversation, and an older one that goes on, behind all that were ever there."""
    if known is None or not (turn.started or known.is_older):
        return turn
    return replace(turn, after=replace(turn.after, number=known.last_number + 1))


class Draft:
    """A turn, encrypted and ready to be stored; `save` is all that happens under the write lock.

    A reply that the turn asks for is claimed for `writer` as well: `claim` is the right to write it, once saved.
    """

    def __init__(
        self, vault: Vault, known: Known | None, inbound: Inbound, turn: Turn, now: datetime, writer: str | None = None
    ) -> None:
        self._known = known
        self._turn = turn = _numbered(turn, known)
        self._files = inbound.files
        self._moment = now
        self._now = to_micros(now)
        self._writer = writer
        self.claim: Claim | None = None
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
        self._vault, self._sender = vault, sender
        self.session_id = str(uuid.uuid4())
        wrapped, self._data_key = vault.new_data_key(self.session_id)
        self._session = {
            "public_id": self.session_id,
            "data_key": wrapped,
            "channel": sender.channel.value,
            "last_number": 1,
            "created_at": self._now,
        }
        pepper = vault.pepper_version  # asked for once: it may change at any moment
        lookup = address_lookup(vault, sender, pepper)
        self._address = {
            "channel": sender.channel.value,
            "lookup": lookup,
            "pepper_version": pepper,
            "ciphertext": self._data_key.encrypt(sender.phone.e164, address_place(lookup)),
            "created_at": self._now,
            "proved_at": self._now,
        }

    def save(self, connection: Connection, admit: Callable[[str | None], None]) -> Outcome:
        """Store the turn if `admit` lets it. Raises Stale, Duplicate, NotFound (a file), or what `admit` raises.

        Nothing may stay then.
        """
        try:
            row = self._write_conversation(connection)
            ADD_MESSAGE.each(connection, [{"conversation_id": row, **message} for message in self._messages])
        except Clash as error:
            raise Stale from error
        if self._delivery:
            try:
                ADD_DELIVERY.count(connection, conversation_id=row, **self._delivery)
            except Clash as error:
                raise Duplicate from error
        turn = self._turn
        hang(connection, self._session_row, row, turn.message_seq, self._files)
        reply = self._ask(connection, row) if turn.asks else None
        admit(self.session_id if turn.asks else None)
        return Outcome(
            self.session_id, self.conversation_id, turn.message_seq, turn.said, turn.after.state, generated=reply
        )

    def _ask(self, connection: Connection, row: int) -> Reply:
        question = Question(self._session_row, row, self._turn.message_seq, self._moment)
        try:
            asked = ask(connection, question, self._writer)
        except (Clash, Lost) as error:
            raise Stale from error
        self.claim = asked.claim
        return Reply(
            reply_id=asked.reply_id,
            session_id=self.session_id,
            conversation_id=self.conversation_id,
            state=asked.state,
            fence=asked.fence,
            text="",
            question_seq=question.seq,
            attempt=1,
            created_at=self._moment,
        )

    def _write_conversation(self, connection: Connection) -> int:
        known = self._known
        if known and not self._turn.started:
            self._session_row = known.session
            if known.is_older:
                self._bring_forward(connection, known)
            return self._move(connection, known)
        session = self._continue_session(connection, known) if known else self._new_session(connection)
        self._session_row = session
        after = self._turn.after
        return ADD_CONVERSATION.key(
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
        if not MOVE.count(connection, row=known.row, seen=known.version, version=version, **self._progress()):
            raise Stale
        return known.row

    def _bring_forward(self, connection: Connection, known: Known) -> None:
        """Make an older conversation the newest, where all who follow or answer the session look."""
        self._count_on(connection, known)
        RENUMBER.count(connection, row=known.row, place=self._turn.after.number)

    def _continue_session(self, connection: Connection, known: Known) -> int:
        self._count_on(connection, known)
        if self._turn.ended:
            self._end(connection, known.row, known.version, self._turn.ended)
        return known.session

    def _count_on(self, connection: Connection, known: Known) -> None:
        # The session first, as whoever gives it a new data key: in another order, two could wait for each other.
        number, seen = self._turn.after.number, {"seen": known.last_number, "wrapped": known.wrapped}
        if not NEXT_NUMBER.count(connection, session=known.session, number=number, **seen):
            raise Stale
        if known.left and known.left.runs:
            self._end(connection, known.left.row, known.left.version, Status.CLOSED)

    def _end(self, connection: Connection, row: int, version: int, status: Status) -> None:
        if not END.count(connection, row=row, seen=version, version=version + 1, status=status.value):
            raise Stale
        abandon(connection, row, self._now)

    def _new_session(self, connection: Connection) -> int:
        keep_single(connection, self._vault, self._sender)
        session = ADD_SESSION.key(connection, **self._session)
        ADD_ADDRESS.count(connection, session_id=session, **self._address)
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
            "asks": self._turn.asks,
            "created_at": self._now,
        }
