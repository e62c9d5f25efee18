"""The handshake of the socket as OpenAPI can tell of it, and, in an extension, what is said once it is open."""

from typing import Final

from flask import Flask

from chatterkeep.web.api.sockets import LONGEST_CLIENT
from chatterkeep.web.api.talk import OrderFields
from chatterkeep.web.docs.operation import Operation
from chatterkeep.web.docs.routes import Route, attached
from chatterkeep.web.docs.vocabularies import Json

SENT: Final = OrderFields
"""What a client may say."""

TICKET: Final = {"type": "apiKey", "in": "query", "name": "ticket", "description": "A ticket, which opens it once."}

_OPERATION: Final = Operation(
    endpoint="sockets.converse",
    name="Talk over a WebSocket",
    group="Real time",
    answers={},
    limited=True,
    more="It opens with the handshake of RFC 6455; then both sides send objects of JSON, which `x-websocket` describes."
    " Browsers, which cannot send a header here, show a ticket.",
    examples=(),
)
_TOLD: Final = {
    "message_sent": "A message of this client is stored: `session_id`, `message_id`, `reply_id`, `replayed`.",
    "chunk": "More of an answer: `content` from the character `offset` on, `reply_id`, `cursor`.",
    "restart": "Forget the text so far, the answer begins anew: `reply_id`, `cursor`.",
    "complete": "The bot or a person has said something: `content`, `metadata`.",
    "error": "Something was refused, or an answer failed: `code`, `content`.",
    "retrying": "An answer is tried again: `reply_id`.",
    "pong": "The answer to `ping`.",
}
_TEXT: Final = {"type": "string"}
_PARAMETERS: Final[list[Json]] = [
    {"$ref": "#/components/parameters/session_id"},
    {
        "name": "client_id",
        "in": "path",
        "required": True,
        "description": "A name of the client's own.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_CLIENT},
    },
    {
        "name": "after",
        "in": "query",
        "description": "The last `cursor` that was heard, or the number of a message: what comes after is told.",
        "schema": {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9}(\+[0-9]{1,9}\.[0-9]{1,9})?)?$"},
    },
    {
        "name": "Sec-WebSocket-Key",
        "in": "header",
        "required": True,
        "description": "16 random bytes in base64.",
        "schema": _TEXT,
    },
    {
        "name": "Sec-WebSocket-Version",
        "in": "header",
        "required": True,
        "description": "`13`.",
        "schema": {"type": "string", "enum": ["13"]},
    },
]


def socket_route(app: Flask) -> Route:
    """Return the route of the socket."""
    return attached(app, _OPERATION)


def socket_facts(sent: str) -> Json:
    """Return what is particular to a socket; `sent` refers to the schema of what a client says."""
    opened = {
        "description": "The socket is open.",
        "headers": {"Sec-WebSocket-Accept": {"description": "Proves that the key was read.", "schema": _TEXT}},
    }
    return {"parameters": _PARAMETERS, "opened": opened, "x-websocket": {"sent": {"$ref": sent}, "told": _TOLD}}
