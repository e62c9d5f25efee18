"""A session over a socket: what the client orders, and what it is told of the session."""

import json
import logging
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from chatterkeep.domain.errors import ChatterKeepError, InvalidInput, NotFound, RateLimited, StoreBusy
from chatterkeep.domain.messages import Inbound, SessionRef, clean_text
from chatterkeep.services.following import Cursor
from chatterkeep.services.wiring import Services
from chatterkeep.web.access import Caller
from chatterkeep.web.api.payload import FORM
from chatterkeep.web.api.presenters import event_wire, sent_wire
from chatterkeep.web.api.receiving import receive
from chatterkeep.web.api.websocket import Gone, WebSocket
from chatterkeep.web.errorcodes import MEANINGS
from chatterkeep.web.errors import Problem, problem_of
from chatterkeep.web.fields import Fields, checked, delivery
from chatterkeep.web.limits import limiting
from chatterkeep.web.requestbody import MalformedBody, parse_json

log = logging.getLogger(__name__)

RESTARTS: Final = 1012
TRY_AGAIN_LATER: Final = 1013
POLICY: Final = 1008
BROKEN: Final = 1011

_PAUSE: Final = 5.0
"""Seconds after which a teller that has nothing to tell looks whether its socket is still open."""

_EXAMPLE: Final = '{"message": "hello"}'


class OrderFields(Fields):
    """What a client may send."""

    type: Literal["message", "ping", "stop", "retry"] | None = Field(None, description="`message` where none is named.")
    message: str | None = None
    id: str | None = Field(None, description="The delivery id of a message.")
    reply_id: str | None = Field(None, description="The reply to stop or to try again; the newest where none is named.")

    @property
    def is_message(self) -> bool:
        """Tell whether it is a message of the customer."""
        return self.type in (None, "message")


class Talk:
    """One client's part in a session. One thread listens, one tells."""

    def __init__(self, socket: WebSocket, session: SessionRef, client: Caller, use: Services) -> None:
        self._socket = socket
        self._session = session
        self._client = client
        self._use = use

    def listen(self) -> None:
        """Do what the client orders until the connection is over. Needs the request that opened it."""
        for text in self._socket.messages():
            order = None
            try:
                order = _order(text)
                self._do(order)
            except ChatterKeepError as error:
                unsent = order is not None and order.is_message and isinstance(error, RateLimited)
                self._refuse(problem_of(error), " Your message was not stored." if unsent else "")
            except Gone:
                return
            except Exception:
                log.exception("socket.order_failed")
                meaning = MEANINGS["INTERNAL_ERROR"]
                self._refuse(Problem(500, "INTERNAL_ERROR", meaning.what, meaning.fix))

    def tell(self, cursor: Cursor) -> None:
        """Tell what happens in the session after a place, until the connection or this process is over."""
        code = RESTARTS
        try:
            for news in self._use.following.follow(self._session.public_id, cursor, _PAUSE, self._client.token):
                if not self._socket.open:
                    return
                if news:
                    self._send(event_wire(*news, self._session.public_id, self._now()))
        except Gone:
            return
        except NotFound:
            code = POLICY
        except (StoreBusy, RateLimited):
            code = TRY_AGAIN_LATER
        except Exception:
            log.exception("socket.broken")
            code = BROKEN
        self._socket.close(
            code, "Come back with your cursor." if code != POLICY else "This session or its token is gone."
        )

    def _do(self, order: OrderFields) -> None:
        match order.type:
            case "ping":
                self._send({"type": "pong"})
            case None | "message":
                self._receive(order)
            case "stop":
                self._use.replies.stop(self._reply_of(order), self._session.public_id)
            case "retry":
                limits = limiting()
                limits.request()
                reply = self._use.replies.retry(self._reply_of(order), self._session.public_id, limits.another_try)
                self._send({"type": "retrying", "reply_id": reply.reply_id})

    def _receive(self, order: OrderFields) -> None:
        if order.message is None:
            raise InvalidInput("message", "The field 'message' is missing.", _EXAMPLE)
        limiting().request()
        sent = delivery(self._session, self._client.name, order.id)
        inbound = Inbound(self._session, clean_text(order.message), sent, FORM)
        with self._socket.lock:  # a message is confirmed before anything is told of its reply
            outcome = receive(inbound)
            told = sent_wire(outcome)
            self._send({"type": told["status"], **told, "replayed": outcome.replayed})

    def _reply_of(self, order: OrderFields) -> str:
        return order.reply_id or self._use.replies.newest(self._session).reply_id

    def _refuse(self, problem: Problem, unsent: str = "") -> None:
        details = dict(problem.details or {})
        told = {"content": problem.message + unsent, "hint": problem.hint, "timestamp": self._now().isoformat()}
        again = {"retry_after": details["retry_after"]} if "retry_after" in details else {}
        self._send({"type": "error", "code": problem.code, **told, "details": problem.details, **again})

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.send(json.dumps(message))

    def _now(self) -> datetime:
        return self._use.clock()


def _order(text: str) -> OrderFields:
    """Read a frame. Raises InvalidInput."""
    try:
        data = parse_json(text.encode())
    except MalformedBody as error:
        raise InvalidInput("frame", str(error).replace("The body", "This"), _EXAMPLE) from None
    if not isinstance(data, dict):
        raise InvalidInput("frame", "A frame must be a JSON object.", _EXAMPLE)
    return checked(OrderFields, data, _EXAMPLE)
