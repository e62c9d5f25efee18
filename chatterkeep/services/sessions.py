"""Sessions for API clients: open one, read it, answer in it as a person, label it, close it, list them all."""

import base64
import binascii
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chatterkeep.domain.conversation import Conversation, begin
from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.inbox import Place
from chatterkeep.domain.messages import Author, Channel, Inbound, SessionRef, TokenKind
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.remarks import greet, take_over
from chatterkeep.domain.sessions import ChatSession, Page, Standing, Summary, check_context
from chatterkeep.domain.transcript import Position
from chatterkeep.services.choices import Choices
from chatterkeep.services.replies import Replies
from chatterkeep.services.turns import admit_everybody, store_once
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.deliveries import replay
from chatterkeep.storage.file_texts import with_files
from chatterkeep.storage.halting import halt
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.known import Known, find, get
from chatterkeep.storage.session_list import list_sessions, list_sessions_of
from chatterkeep.storage.sessions import (
    Fresh,
    add_token,
    close_conversation,
    lock_session,
    open_session,
    read_context,
    read_labels,
    session_of,
    write_context,
    write_labels,
)
from chatterkeep.storage.threads import lines_before
from chatterkeep.storage.turns import Draft, Stale

LONGEST: Final = 1000
"""How many messages of a session are read at once, the newest ones."""

END: Final = Position(2**31 - 1, 0)
_FLOW: Final = "support"
_CURSOR: Final = struct.Struct(">qq")
_SEAL: Final = 12


@dataclass(frozen=True, slots=True)
class Opening:
    """A session that was just opened, with the token that is given out this once."""

    session: ChatSession
    token: str


class Sessions:
    """What API clients do with sessions. A session that nobody wrote in yet is shown as its flow would begin it."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        flows: Mapping[str, Flow],
        choices: Choices,
        replies: Replies,
    ) -> None:
        self._database = database
        self._vault = vault
        self._flows = flows
        self._default = flows[choices.flow]
        self._greeting = choices.greeting
        self._terms = choices.terms
        self._replies = replies

    def open(self, flow: str | None, now: datetime, context: Mapping[str, Any] | None = None) -> Opening:
        """Start a session with the greeting as its first message, in a flow, or where a person answers.

        `context` is what the client tells of it, of any JSON types: kept, and shown to those who may see the session.
        Raises InvalidInput for a flow that does not exist, and for what is no context.
        """
        chosen = self._flows.get(flow or _FLOW)
        if chosen is None:
            raise InvalidInput("flow", f"There is no such flow; there are {', '.join(self._flows)}.", _FLOW)
        if context:
            check_context(context)
        fresh = Fresh(self._vault, Channel.API)
        with self._database.write() as connection:
            opened = open_session(connection, fresh, now, self._terms)
            ref = SessionRef(opened.session_id)
            known = get(connection, self._vault, ref)
            inbound = Inbound(ref, self._greeting, author=Author.BOT)
            Draft(self._vault, known, inbound, greet(chosen, now), now).save(connection, admit_everybody)
            if context:
                write_context(connection, known, context)
        return Opening(self.show(opened.session_id), opened.token)

    def resume(self, session_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Add to what is told of a session, or change it; return all of it. Raises NotFound and InvalidInput."""
        with self._database.write() as connection:
            ref = SessionRef(session_id)
            lock_session(connection, get(connection, self._vault, ref))
            known = get(connection, self._vault, ref)  # as it is now that nobody else changes it
            context = {**read_context(connection, known), **changes}
            check_context(context)
            write_context(connection, known, context)
        return context

    def context(self, session_id: str) -> dict[str, Any]:
        """Return what a client told of a session. Raises NotFound."""
        with self._database.read() as connection:
            return read_context(connection, get(connection, self._vault, SessionRef(session_id)))

    def new_token(self, session_id: str, now: datetime) -> str:
        """Make one more token for a session. Raises NotFound."""
        with self._database.write() as connection:
            known = get(connection, self._vault, SessionRef(session_id))
            return add_token(connection, known.session, TokenKind.API, now, self._terms)

    def conversation_of(self, session_id: str) -> str:
        """Return the id of a session's newest conversation; empty where nobody wrote yet. Raises NotFound."""
        with self._database.read() as connection:
            return get(connection, self._vault, SessionRef(session_id)).conversation_id

    def session_of(self, token: str, now: datetime) -> str | None:
        """Return the id of the session that an API client's token opens, if any."""
        with self._database.read() as connection:
            return session_of(connection, token, TokenKind.API, now)

    def show(self, session_id: str, before: Position = END) -> ChatSession:
        """Return a session with its newest messages, or those before a place. Raises NotFound."""
        with self._database.read() as connection:
            known = get(connection, self._vault, SessionRef(session_id))
            labels = read_labels(connection, known.session)
            lines = lines_before(connection, known.session, known.data_key, before, LONGEST + 1)
            shown = with_files(connection, known.session, known.data_key, lines[-LONGEST:])
        conversation = known.conversation or begin(self._default, 1, labels.created_at)
        return ChatSession(
            session_id=known.session_id,
            created_at=labels.created_at,
            standing=_standing(conversation, labels.outcome, labels.assignee),
            lines=tuple(shown),
            earlier=shown[0].position if len(lines) > LONGEST else None,
        )

    def speak(self, inbound: Inbound, now: datetime) -> Outcome:
        """Store what a person of the staff says to the customer, and make the conversation theirs.

        The same delivery again changes nothing. Raises NotFound, DeliveryConflict, StoreBusy.
        """
        with self._database.read() as connection:
            seen = replay(connection, self._vault, inbound)
        if seen is not None:
            return seen
        self._replies.stop_all(inbound.sender)
        return store_once(self._database, self._vault, inbound, lambda: self._said(inbound, now))

    def label(self, session_id: str, changes: Mapping[str, str | None]) -> ChatSession:
        """Note the `outcome` or the `assignee` of a session's newest conversation; None clears it. Raises NotFound."""
        with self._database.write() as connection:
            known = get(connection, self._vault, SessionRef(session_id))
            if known.conversation is None:
                raise NotFound("conversation")
            write_labels(connection, known.row, changes)
        return self.show(session_id)

    def close(self, session_id: str, now: datetime) -> ChatSession:
        """Close a session's newest conversation, if there is one and it is not closed yet. Raises NotFound."""
        self._replies.stop_all(SessionRef(session_id))
        while True:
            try:
                with self._database.write() as connection:
                    known = get(connection, self._vault, SessionRef(session_id))
                    halt(connection, self._vault, known.row, now)
                    close_conversation(connection, known.row)
                break
            except Stale:  # a reply ended at this very moment
                continue
        return self.show(session_id)

    def list(self, limit: int, cursor: str | None) -> Page:
        """Return a page of the sessions in which something was said, newest activity first.

        Raises InvalidInput for a cursor that is none of ours.
        """
        before = self._unsealed(cursor) if cursor is not None else None
        with self._database.read() as connection:
            found = list_sessions(connection, self._vault, before, limit + 1)
        summaries = tuple(found[:limit])
        return Page(summaries, self._sealed(summaries[-1].place) if len(found) > limit else None)

    def of_number(self, phone: PhoneNumber, limit: int) -> tuple[Summary, ...]:
        """Return up to `limit` sessions of a number, and of visitors who typed it, as the list shows them."""
        with self._database.read() as connection:
            return tuple(list_sessions_of(connection, self._vault, phone, limit))

    def _said(self, inbound: Inbound, now: datetime) -> Outcome:
        """Decided inside the write, unlike a turn: it is rare, and so it meets nobody else's version on SQLite."""
        with self._database.write() as connection:
            known = find(connection, self._vault, inbound.sender, now)
            if known is None:
                raise NotFound("session")
            if halt(connection, self._vault, known.row, now):
                known = get(connection, self._vault, SessionRef(known.session_id))
            turn = take_over(self._flow_of(known), known.conversation, now)
            spoken = replace(inbound, author=Author.AGENT)
            return Draft(self._vault, known, spoken, turn, now).save(connection, admit_everybody)

    def _flow_of(self, known: Known) -> Flow:
        return self._flows.get(known.conversation.flow, self._default) if known.conversation else self._default

    def _sealed(self, place: Place) -> str:
        """A place as text that only we can write, so that nobody builds on what is inside."""
        plain = _CURSOR.pack(to_micros(place.at), place.row)
        return base64.urlsafe_b64encode(plain + self._seal(plain)).decode()

    def _unsealed(self, cursor: str) -> Place:
        try:
            blob = base64.b64decode(cursor, altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            blob = b""
        plain, seal = blob[: _CURSOR.size], blob[_CURSOR.size :]
        if len(plain) < _CURSOR.size or not hmac.compare_digest(seal, self._seal(plain)):
            raise InvalidInput(
                "cursor", "This cursor is none that we gave out: leave it away to begin anew.", "?limit=20"
            )
        at, row = _CURSOR.unpack(plain)
        return Place(from_micros(at), row)

    def _seal(self, plain: bytes) -> bytes:
        return self._vault.ledger("sessions-cursor", plain.hex())[:_SEAL]


def _standing(conversation: Conversation, outcome: str | None, assignee: str | None) -> Standing:
    return Standing(
        flow=conversation.flow,
        state=conversation.state,
        owner=conversation.owner,
        status=conversation.status,
        outcome=outcome,
        assignee=assignee,
    )
