"""The conversations of a session, for its programs: opens a session without a word, lists, reads, names, deletes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.links import Terms
from chatterkeep.domain.messages import Channel, SessionRef
from chatterkeep.domain.overviews import Anteroom, Overview, Reading, Shelf
from chatterkeep.services.choices import Choices
from chatterkeep.services.desk import Desk
from chatterkeep.services.feed import Feed
from chatterkeep.services.rights import Rights
from chatterkeep.storage import audit
from chatterkeep.storage.conversations import (
    Held,
    count_conversations,
    find_held,
    hold,
    list_overviews,
    read_overview,
    read_said,
    rename,
)
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.erasing import erase_conversations
from chatterkeep.storage.known import Known, get
from chatterkeep.storage.sessions import Fresh, open_session, read_labels

END: Final = 2**31 - 1
"""Greater than every number of a conversation, and of a message."""


@dataclass(frozen=True, slots=True)
class Key:
    """A session that was just opened, with the token that is given out this once."""

    session: Anteroom
    token: str


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is asked for: up to `limit` of what is older than number `before`, behind `offset` more."""

    limit: int
    before: int = END
    offset: int = 0


class Conversations:
    """Opens sessions in which nobody says anything yet, and looks after their conversations.

    `session_id` is the session that the caller may touch, or None for callers that may touch any; a conversation of
    another session is NotFound.
    """

    def __init__(
        self, database: Database, vault: Vault, choices: Choices, feed: Feed, desk: Desk, rights: Rights
    ) -> None:
        self._database = database
        self._vault = vault
        self._terms: Terms = choices.terms
        self._timeout: timedelta = choices.timeout
        self._feed = feed
        self._desk = desk
        self._rights = rights

    def open(self, now: datetime) -> Key:
        """Start a session without a greeting: its first conversation begins with the customer's first message."""
        fresh = Fresh(self._vault, Channel.API)
        with self._database.write() as connection:
            opened = open_session(connection, fresh, now, self._terms)
        return Key(Anteroom(opened.session_id, now, now, None), opened.token)

    def anteroom(self, session_id: str) -> Anteroom:
        """Return when a session was opened, and which conversation is its newest. Raises NotFound."""
        with self._database.read() as connection:
            known = get(connection, self._vault, SessionRef(session_id))
            opened = read_labels(connection, known.session).created_at
        newest = known.conversation
        return Anteroom(session_id, opened, newest.last_message_at if newest else opened, known.conversation_id or None)

    def list(self, session_id: str, part: Part, now: datetime) -> Shelf:
        """Return a page of a session's conversations, newest first. Raises NotFound."""
        with self._database.read() as connection:
            known: Known = get(connection, self._vault, SessionRef(session_id))
            total = count_conversations(connection, known.session)
            found = list_overviews(connection, known, part.before, part.limit + 1, part.offset)
        shown = tuple(self._as_of(overview, now) for overview in found[: part.limit])
        return Shelf(shown, total, shown[-1].number if len(found) > part.limit else None)

    def read(self, conversation_id: str, session_id: str | None, part: Part, now: datetime) -> Reading:
        """Return a conversation with its newest messages, or those before a number. Raises NotFound."""
        with self._database.read() as connection:
            held = _there(find_held(connection, self._vault, conversation_id, session_id))
            overview = read_overview(connection, held)
            found = read_said(connection, held, part.before, part.limit + 1)
        said = tuple(found[-part.limit :])
        before = said[0].line.position.seq if len(found) > part.limit else None
        return Reading(self._as_of(overview, now), said, before)

    def overview(self, conversation_id: str, session_id: str | None, now: datetime) -> Overview:
        """Return a conversation without its messages. Raises NotFound."""
        with self._database.read() as connection:
            held = _there(find_held(connection, self._vault, conversation_id, session_id))
            return self._as_of(read_overview(connection, held), now)

    def rename(self, conversation_id: str, session_id: str | None, title: str | None, now: datetime) -> Overview:
        """Give a conversation a name; None: call it by its first question again. Raises NotFound."""
        with self._database.write() as connection:
            held = _there(hold(connection, self._vault, conversation_id, session_id))
            rename(connection, held, title)
            overview = read_overview(connection, held)
        return self._as_of(overview, now)

    def delete(self, conversation_id: str, session_id: str | None, actor: Actor, now: datetime) -> None:
        """Delete a conversation with all that belongs to it, in one transaction. Raises NotFound.

        Who follows it learns of it: at once in this process, else as soon as they look.
        """
        with self._database.write() as connection:
            held = _there(hold(connection, self._vault, conversation_id, session_id))
            erase_conversations(connection, self._vault, [held.row])
            audit.add(connection, self._vault, Entry(actor, Action.DELETED, conversation_id, "", now))
        for live in self._desk.all():
            if live.claim.conversation == held.row:
                live.cancel()
        self._feed.tell(held.session)
        self._rights.destroy_keys()  # and the bytes of files
        self._rights.empty_log()

    def _as_of(self, overview: Overview, now: datetime) -> Overview:
        """A conversation that was silent for too long does not go on, though nothing has noted that yet."""
        return replace(overview, goes_on=overview.goes_on and now - overview.last_message_at <= self._timeout)


def _there(held: Held | None) -> Held:
    if held is None:
        raise NotFound("conversation")
    return held
