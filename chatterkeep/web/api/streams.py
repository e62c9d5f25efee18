"""`/api/v1/chat`: a message in, its answer out as server-sent events, which go on where a reader left off.

See the HTML standard, section 9.2 (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, request

from chatterkeep.domain.basis import NOTHING
from chatterkeep.domain.errors import NotFound, RateLimited, StoreBusy
from chatterkeep.domain.growth import Anew, Growth
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.replies import FALLBACK, Reply, ReplyState
from chatterkeep.services.replies import Replies
from chatterkeep.web import access
from chatterkeep.web.api.payload import read_asking, read_progress
from chatterkeep.web.api.presenters import basis_wire, end_wire
from chatterkeep.web.api.receiving import receive
from chatterkeep.web.context import services
from chatterkeep.web.errorcodes import MEANINGS
from chatterkeep.web.errors import Problem, error_wire
from chatterkeep.web.fields import moment
from chatterkeep.web.limits import limiting
from chatterkeep.web.replays import marked

blueprint = Blueprint("streams", __name__)

KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a comment keeps proxies awake, and finds out who is gone."""

COME_BACK: Final = "retry: 500\n\n"
"""Said where this process ends before the reply does: the reader shall go on with another, after so many ms."""


@blueprint.post("/api/v1/chat")
@access.client("chat", session=True)
def ask() -> Response:
    """Take a message in, and stream its answer as it is written."""
    limiting().request()
    outcome = receive(read_asking(request, access.caller().name))
    if outcome.generated is None:
        response = _stream(_told(outcome, services().clock), outcome.reply_id)
    else:
        response = _stream(_stream_of(outcome.generated, Growth()).events(), outcome.reply_id)
    return marked(response, outcome)


@blueprint.get("/chat/stream/<reply_id>")
@access.client("chat", session=True)
def resume(reply_id: str) -> Response:
    """Stream a generated reply from its beginning, or from behind the event that `Last-Event-ID` names."""
    limiting().request()
    growth = Growth(*read_progress(request))
    reply = services().replies.show(reply_id, access.caller().session_id)
    return _stream(_stream_of(reply, growth).events(), reply_id)


@dataclass(frozen=True, slots=True)
class Stream:
    """A reply as events. `token` (its hash) is what the reader came with.

    `error` is told if the reply fails, `gone` if it is erased or the token ends. Both are worded before: while a stream
    is sent there is no request any more.
    """

    reply: Reply
    growth: Growth
    replies: Replies
    clock: Callable[[], datetime]
    error: dict[str, Any]
    gone: dict[str, Any]
    token: bytes | None = None

    def events(self) -> Iterator[str]:
        """Yield the events up to the end of the reply, or until this process is about to end."""
        yield self._event({"token": "", "finished": False, **self._ids()})
        reply = self.reply
        try:
            for seen in self.replies.follow(self.reply.reply_id, pause=KEEP_ALIVE, token=self.token):
                reply = seen or reply
                yield from self._news(reply) if seen else (": keep-alive\n\n",)
        except (StoreBusy, RateLimited):
            yield COME_BACK
        except NotFound:  # erased meanwhile, or the reader's token was ended
            yield self._event({"token": "", "error": self._now(self.gone), "finished": True})
        else:
            yield self._end(reply) if reply.state.ended else COME_BACK

    def _news(self, reply: Reply) -> Iterator[str]:
        for event in self.growth.take(reply):
            if isinstance(event, Anew):
                yield self._event({"token": "", "finished": False, **self._ids()}, "restart")
            else:
                yield self._event({"token": event.text, "finished": False, "timestamp": moment(self.clock())})

    def _end(self, reply: Reply) -> str:
        if reply.state is ReplyState.FAILED:
            return self._event({"token": "", "error": self._now(self.error), **end_wire(reply)})
        return self._event({"token": "", **end_wire(reply)})

    def _ids(self) -> dict[str, str]:
        ids = {"reply_id": self.reply.reply_id, "conversation_id": self.reply.conversation_id}
        return {**ids, "timestamp": moment(self.clock())}

    def _now(self, error: dict[str, Any]) -> dict[str, Any]:
        return {**error, "timestamp": self.clock().isoformat()}

    def _event(self, data: object, name: str = "") -> str:
        return event_text(data, f"{self.growth.fence}.{self.growth.chars}", name)


def event_text(data: object, place: str, name: str = "") -> str:
    """Return one event as it goes over the wire."""
    named = f"event: {name}\n" if name else ""
    return f"id: {place}\n{named}data: {json.dumps(data)}\n\n"


def _told(outcome: Outcome, clock: Callable[[], datetime]) -> Iterator[str]:
    """What a flow said at once, or that a person is to answer."""
    ids = {"reply_id": outcome.reply_id, "conversation_id": outcome.conversation_id}
    text = outcome.reply or ""
    if text:
        token = {"token": text, "finished": False, "timestamp": moment(clock()), **ids}
        yield event_text(token, f"0.{len(text)}")
    end = {"token": "", "finished": True, "message_id": outcome.reply_id, **ids, "state": outcome.status, "usage": None}
    yield event_text({**end, **basis_wire(NOTHING)}, f"0.{len(text)}")


def _stream_of(reply: Reply, growth: Growth) -> Stream:
    meaning, use = MEANINGS["OPENAI_ERROR"], services()
    error = error_wire(Problem(502, "OPENAI_ERROR", FALLBACK, meaning.fix))
    gone = error_wire(Problem(404, "MESSAGE_NOT_FOUND", MEANINGS["MESSAGE_NOT_FOUND"].what))
    return Stream(reply, growth, use.replies, use.clock, error, gone, access.caller().token)


def _stream(events: Iterator[str], reply_id: str | None) -> Response:
    response = Response(events, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    if reply_id:
        response.headers["X-Reply-Id"] = reply_id
    return response
