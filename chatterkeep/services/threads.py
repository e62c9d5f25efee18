"""What a page shows: a session opened from the page, its messages, and what is new since a point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chatterkeep.domain.conversation import Conversation, Owner
from chatterkeep.domain.documents import Place
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.flow import Flow, State
from chatterkeep.domain.messages import Capability, Channel, SessionRef
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.replies import Reply
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.services.choices import Choices
from chatterkeep.services.desk import Desk
from chatterkeep.storage.basis import is_cited
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.documents import find_place
from chatterkeep.storage.file_texts import with_files
from chatterkeep.storage.known import Known, held
from chatterkeep.storage.numbers import number_of
from chatterkeep.storage.replies import Stored, present_reply
from chatterkeep.storage.sessions import Fresh, open_session
from chatterkeep.storage.threads import lines_after, lines_before

PAGE = 40
"""How many messages a page shows at once."""

_END = Position(2**31 - 1, 0)


@dataclass(frozen=True, slots=True)
class Thread:
    """A session as its page shows it: up to `shown`, with `earlier` messages before these lines or `more` after.

    `reply` is the generated reply that matters now: the one under way, or the last one that ended. `proved` tells that
    `phone` leads to this session; else its visitor typed it.
    """

    session_id: str
    flow: Flow
    state: State
    conversation: Conversation | None
    lines: tuple[Line, ...]
    shown: Position
    more: bool = False
    earlier: bool = False
    phone: PhoneNumber | None = None
    proved: bool = False
    reply: Reply | None = None


class Threads:
    """Opens and reads sessions for their pages."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        flows: Mapping[str, Flow],
        choices: Choices,
        desk: Desk,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._vault = vault
        self._terms = choices.terms
        self._clock = clock
        self._flows = flows
        self._default = flows[choices.flow]
        self._desk = desk
        self._asking = {name: _asking(flow) for name, flow in flows.items()}

    @property
    def flow(self) -> Flow:
        """The flow that new conversations run."""
        return self._default

    def open(self, phone: PhoneNumber, now: datetime) -> str:
        """Start a session for a visitor who typed this number; return the token of its page.

        Always a new session: typing a number shows nobody's history, and tells nothing about it.
        """
        fresh = Fresh(self._vault, Channel.WEB, phone)
        with self._database.write() as connection:
            return open_session(connection, fresh, now, self._terms).token

    def show(self, page: Capability, before: Position = _END) -> Thread:
        """Return the last messages, or the last ones before a place. Raises NotFound."""
        with self._database.read() as connection:
            known = held(connection, self._vault, page, self._clock())
            lines = lines_before(connection, known.session, known.data_key, before, PAGE + 1)
            lines = with_files(connection, known.session, known.data_key, lines)
            number = number_of(connection, known)
            looks = before == _END and self._may_be_answered(known)
            stored = present_reply(connection, self._vault, known.row) if looks else None
        thread = self._thread(known, lines[-PAGE:], latest(known), stored)
        thread = replace(thread, earlier=len(lines) > PAGE)
        return replace(thread, phone=number.phone, proved=number.proved) if number else thread

    def news(self, page: Capability, after: Position) -> Thread:
        """Return what came after a place, in one look at the database where nothing did. Raises NotFound."""
        with self._database.read() as connection:
            known = held(connection, self._vault, page, self._clock())
            lines: list[Line] = []
            after = after if after <= latest(known) else Position()  # what the page has seen is gone by now
            if latest(known) > after:
                lines = lines_after(connection, known.session, known.data_key, after, PAGE)
                lines = with_files(connection, known.session, known.data_key, lines)
            looks = self._may_be_answered(known)
            stored = present_reply(connection, self._vault, known.row) if looks else None
        return self._thread(known, lines, lines[-1].position if lines else latest(known), stored)

    def session_of(self, page: Capability) -> str:
        """Return the id of the session that a page shows. Raises NotFound."""
        with self._database.read() as connection:
            return held(connection, self._vault, page, self._clock()).session_id

    def source(self, reader: Capability | SessionRef, passage_id: str) -> Place | None:
        """Return a passage that an answer to this reader cites; None where its document is gone. Raises NotFound."""
        with self._database.read() as connection:
            known = held(connection, self._vault, reader, self._clock())
            if not is_cited(connection, known.session, known.data_key, passage_id):
                raise NotFound("passage")
            return find_place(connection, passage_id)

    def _may_be_answered(self, known: Known) -> bool:
        """Tell whether there can be a generated reply: looking for one costs a scripted conversation too much."""
        now = known.conversation
        return now is not None and now.owner is Owner.BOT and now.state in self._asking.get(now.flow, ())

    def _thread(self, known: Known, lines: list[Line], shown: Position, stored: Stored | None) -> Thread:
        conversation = known.conversation
        reply = self._desk.as_it_stands(stored) if stored else None
        flow = self._flows.get(conversation.flow, self._default) if conversation else self._default
        name = conversation.state if conversation and conversation.state in flow.states else flow.start
        return Thread(
            session_id=known.session_id,
            flow=flow,
            state=flow.states[name],
            conversation=conversation,
            lines=tuple(lines),
            shown=shown,
            more=shown < max(latest(known), reply.position if reply and reply.position else Position()),
            reply=reply,
        )


def _asking(flow: Flow) -> frozenset[str]:
    """Return the states in which a conversation waits for a generated reply, or has got it."""
    return frozenset(t.to for state in flow.states.values() for t in state.transitions if t.generated)


def latest(known: Known) -> Position:
    """Return the place of a session's newest message."""
    conversation = known.conversation
    return Position(conversation.number, conversation.last_seq) if conversation else Position()
