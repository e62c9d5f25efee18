"""Reads, follows, stops and retries generated replies, wherever they are written."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from chatterkeep.domain.errors import InvalidInput, NotFound, RateLimited, StoreBusy
from chatterkeep.domain.messages import Sender
from chatterkeep.domain.replies import Reply, ReplyState
from chatterkeep.services.feed import Feed
from chatterkeep.services.turns import Admission, admit_everybody
from chatterkeep.services.writers import Writers
from chatterkeep.storage.asking import Question, add_reply
from chatterkeep.storage.claims import Lost, ask_to_stop
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.endings import end, stopped
from chatterkeep.storage.known import find
from chatterkeep.storage.replies import (
    Stored,
    find_reply,
    last_attempt,
    last_question,
    present_reply,
    replies_under_way,
)
from chatterkeep.storage.statements import Clash

_TO_STOP: Final = 1.0
"""Seconds that a writer is given to end a reply by itself."""


class Replies:
    """What can be done with generated replies. A reply is known by its public id.

    `session_id` is the session that the caller may touch, or None for callers that may touch any; a reply of another
    session is NotFound.
    """

    def __init__(
        self, database: Database, vault: Vault, writers: Writers, feed: Feed, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._vault = vault
        self._writers = writers
        self._feed = feed
        self._clock = clock

    def show(self, reply_id: str, session_id: str | None = None) -> Reply:
        """Return a reply as it stands. Raises NotFound."""
        return self._writers.desk.as_it_stands(self._stored(reply_id, session_id))

    def newest(self, sender: Sender) -> Reply:
        """Return somebody's reply that matters now: one under way, else the last that ended. Raises NotFound."""
        with self._database.read() as connection:
            known = find(connection, self._vault, sender, self._clock())
            stored = present_reply(connection, self._vault, known.row) if known else None
        return self._writers.desk.as_it_stands(self._mine(stored, None))

    def wait(self, reply: Reply, seconds: float) -> Reply:
        """Return a reply once it has ended, or as it stands when the time is up."""
        if reply.state.ended or seconds <= 0:
            return reply
        deadline = time.monotonic() + seconds
        # What was asked is stored: "not yet" is true, and "send it again" would double it.
        with suppress(StoreBusy, RateLimited):
            for seen in self.follow(reply.reply_id, pause=seconds, deadline=deadline):
                reply = seen or reply
        return reply

    def follow(
        self, reply_id: str, *, pause: float, deadline: float | None = None, token: bytes | None = None
    ) -> Iterator[Reply | None]:
        """Yield a reply now, and again whenever it has changed, until it has ended or this process is about to.

        Yields None after each `pause` seconds without a change. `deadline` is a time of `time.monotonic`.
        Raises NotFound, also once its session is gone or the `token` (by hash) has ended that the reader came with;
        StoreBusy, and RateLimited for one reader too many.
        """
        stored = self._stored(reply_id, None)
        with self._feed.reading(stored.claim.session, token) as reader:
            seen: Reply | None = None
            while True:
                if reader.ended:
                    raise NotFound("session")
                reply = self._now(stored)
                if reply != seen:
                    yield reply
                    seen = reply
                left = pause if deadline is None else min(pause, deadline - time.monotonic())
                if reply.state.ended or reader.closing or left <= 0:
                    return
                if not reader.wait(left):
                    yield None

    def stop(self, reply_id: str, session_id: str | None = None) -> Reply:
        """End a reply now, with what is written so far; one that has ended stays as it is. Raises NotFound.

        Its writer, in whichever process, ends it with all it has. If that is not heard of, its row's text must do.
        """
        stored = self._stored(reply_id, session_id)
        reply = stored.reply
        if reply.state is ReplyState.WRITING:
            if live := self._writers.desk.find(stored.claim):
                live.stop()
            else:
                with self._database.write() as connection:
                    ask_to_stop(connection, stored.claim)
            reply = self.wait(reply, _TO_STOP)
        return reply if reply.state.ended else self._end(reply_id)

    def stop_all(self, sender: Sender) -> None:
        """End what is being written for somebody, so that a person may speak there."""
        with self._database.read() as connection:
            known = find(connection, self._vault, sender, self._clock())
            active = replies_under_way(connection, self._vault, known.row) if known else []
        for stored in sorted(active, key=lambda stored: stored.reply.state is ReplyState.WRITING):
            self.stop(stored.reply.reply_id)

    def retry(self, reply_id: str, session_id: str | None = None, admit: Admission = admit_everybody) -> Reply:
        """Ask the question of a stopped or failed reply once more; return the new attempt, or one under way.

        Raises NotFound, RateLimited, and InvalidInput where something was said since.
        """
        try:
            with self._database.write() as connection:
                stored = self._mine(find_reply(connection, self._vault, reply_id), session_id)
                held, asked_for = stored.claim, stored.reply.question_seq
                newest = last_attempt(connection, self._vault, held.conversation, asked_for) or stored
                if newest.reply.attempt > stored.reply.attempt or not stored.reply.may_retry:
                    return self._writers.desk.as_it_stands(newest)
                if not stored.speaks or last_question(connection, held.conversation) > asked_for:
                    raise InvalidInput("reply", "Only the answer to the last message can be tried again.")
                admit(stored.reply.session_id)
                question = Question(held.session, held.conversation, asked_for, self._clock())
                asked = add_reply(connection, question, stored.reply.attempt + 1, self._writers.name)
        except Clash:  # the same button, pressed twice
            return self.show(reply_id, session_id)
        if asked.claim:
            self._writers.begin(asked.claim)
        self._feed.tell(held.session)
        return self.show(asked.reply_id, session_id)

    def _end(self, reply_id: str) -> Reply:
        while True:
            try:
                with self._database.write() as connection:
                    stored = self._mine(find_reply(connection, self._vault, reply_id), None)
                    if stored.reply.state.ended:
                        return stored.reply
                    text, writer = stored.reply.text, self._writers.name
                    ended = end(connection, stored.claim, stored.where, stopped(text), writer, self._clock())
                break
            except Lost:  # it ended, or another took it over, at this very moment
                continue
        self._feed.tell(stored.claim.session)
        if ended.following:
            self._writers.begin(ended.following)
        return self.show(reply_id)

    def _stored(self, reply_id: str, session_id: str | None) -> Stored:
        with self._database.read() as connection:
            return self._mine(find_reply(connection, self._vault, reply_id), session_id)

    def _now(self, stored: Stored) -> Reply:
        """As it stands: from memory where it is written here, else from its row."""
        if self._writers.desk.find(stored.claim):
            return self._writers.desk.as_it_stands(stored)
        return self.show(stored.reply.reply_id)

    @staticmethod
    def _mine(stored: Stored | None, session_id: str | None) -> Stored:
        if stored is None or session_id not in (None, stored.reply.session_id):
            raise NotFound("message")
        return stored
