"""Follows a whole session: what is said there, and the reply that is being written, from a place on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.growth import Anew, Grown, Growth
from chatterkeep.domain.messages import Author, SessionRef
from chatterkeep.domain.replies import Reply, ReplyState
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.services.desk import Desk
from chatterkeep.services.feed import Feed, Reader
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import get
from chatterkeep.storage.replies import Stored, replies_under_way, reply_said_in
from chatterkeep.storage.threads import lines_after

START: Final = Position()
_AT_ONCE: Final = 40
_UNSURE: Final = 6
"""After so many pauses in silence a reader looks for itself: what was stored very slowly may have given no sign."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a reader has: all messages up to a place, and of the reply being written so many characters."""

    position: Position = START
    fence: int = 0
    chars: int = 0

    def __str__(self) -> str:
        return f"{self.position}+{self.fence}.{self.chars}" if self.chars else str(self.position)


@dataclass(frozen=True, slots=True)
class Said:
    """A message by anybody but the customer; `reply` if it was generated."""

    line: Line
    reply: Reply | None


Event = Said | Grown | Anew


class Following:
    """Leads readers through sessions."""

    def __init__(self, database: Database, vault: Vault, feed: Feed, desk: Desk) -> None:
        self._database = database
        self._vault = vault
        self._feed = feed
        self._desk = desk

    def follow(
        self, session_id: str, cursor: Cursor, pause: float, token: bytes | None = None
    ) -> Iterator[tuple[Event, Cursor] | None]:
        """Yield each event with the place behind it, and None after each `pause` seconds without one.

        Ends when this process is about to end. Raises NotFound, also once the session is gone or the `token` (by hash)
        has ended that the reader came with; RateLimited for one reader too many.
        """
        ref = SessionRef(session_id)
        with self._database.read() as connection:
            known = get(connection, self._vault, ref)
        walk = _Walk(self._database, self._vault, self._desk, ref, cursor)
        with self._feed.reading(known.session, token) as reader:
            silences = 0
            while True:
                if reader.ended:
                    raise NotFound("session")
                yield from walk.news(reader)
                if reader.closing:
                    return
                if not reader.wait(pause):
                    silences += 1
                    if silences % _UNSURE == 0:
                        reader.wake()
                    yield None

    def newest(self, session_id: str) -> Cursor:
        """Return the cursor of a reader that has everything said so far. Raises NotFound."""
        with self._database.read() as connection:
            known = get(connection, self._vault, SessionRef(session_id))
        conversation = known.conversation
        return Cursor(Position(conversation.number, conversation.last_seq)) if conversation else Cursor()


class _Walk:
    """One reader's way through a session: what it has so far."""

    def __init__(self, database: Database, vault: Vault, desk: Desk, ref: SessionRef, cursor: Cursor) -> None:
        self._database = database
        self._vault = vault
        self._desk = desk
        self._ref = ref
        self._position = cursor.position
        self._growth = Growth(cursor.fence, cursor.chars)
        self._writing: Stored | None = None

    def news(self, reader: Reader) -> Iterator[tuple[Event, Cursor]]:
        """Yield what is new; the database is asked only where more than a text in memory has changed."""
        news, growth = reader.changes()
        here = self._writing if self._writing and self._desk.find(self._writing.claim) else None
        if news or (growth and not here):
            yield from self._read()
            reader.position = self._position
        elif growth and here:
            yield from self._grown(self._desk.as_it_stands(here))

    def _read(self) -> Iterator[tuple[Event, Cursor]]:
        more = True
        while more:
            with self._database.read() as connection:
                known = get(connection, self._vault, self._ref)
                lines = lines_after(connection, known.session, known.data_key, self._position, _AT_ONCE)
                said = [(line, reply_said_in(connection, self._vault, line)) for line in lines]
                active = replies_under_way(connection, self._vault, known.row)
            for line, stored in said:
                yield from self._said(line, stored.reply if stored else None)
            more = len(lines) == _AT_ONCE
        self._writing = next((s for s in active if s.reply.state is ReplyState.WRITING), None)
        if self._writing:
            yield from self._grown(self._desk.as_it_stands(self._writing))

    def _said(self, line: Line, reply: Reply | None) -> Iterator[tuple[Event, Cursor]]:
        if reply:
            yield from self._grown(reply)
            self._growth.reset()
        self._position = line.position
        if line.author is not Author.CUSTOMER:
            yield Said(line, reply), self._cursor()

    def _grown(self, reply: Reply) -> Iterator[tuple[Event, Cursor]]:
        for event in self._growth.take(reply):
            yield event, self._cursor()

    def _cursor(self) -> Cursor:
        return Cursor(self._position, self._growth.fence, self._growth.chars)
