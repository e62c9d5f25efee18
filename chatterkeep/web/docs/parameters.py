"""What is sent beside a body: the parts of a path, and headers."""

from typing import Final

from chatterkeep.domain.messages import MAX_DELIVERY_ID
from chatterkeep.domain.signatures import TOLERANCE
from chatterkeep.web.access import Signer
from chatterkeep.web.chat.payload import LONGEST_WAIT, USUAL_WAIT
from chatterkeep.web.docs.vocabularies import Json
from chatterkeep.web.fields import DELIVERY_ID

_UUID: Final = {"type": "string", "format": "uuid"}
_TEXT: Final = {"type": "string"}
_PATH: Final[dict[str, tuple[str, dict[str, str], str, str]]] = {
    "session_id": ("The id of the session.", _UUID, "SESSION_NOT_FOUND", "$ID"),
    "file_id": ("The id of a file.", _UUID, "FILE_NOT_FOUND", "$FILE"),
    "reply_id": ("The id of a generated reply.", _TEXT, "MESSAGE_NOT_FOUND", "$REPLY"),
    "conversation_id": ("The id of a conversation.", _UUID, "CONVERSATION_NOT_FOUND", "$TALK"),
    "passage_id": ("The id of a passage.", _UUID, "PASSAGE_NOT_FOUND", "$PASSAGE"),
    "document_id": ("The id of a document.", _UUID, "DOCUMENT_NOT_FOUND", "$DOCUMENT"),
}
"""The variables of paths: what each is, its schema, the code of the 404 where there is none such, and what stands for
it in requests to copy."""

SIGNED: Final[dict[Signer, dict[str, str]]] = {
    "gateway": {"webhook-id": "$DELIVERY", "webhook-timestamp": "$TIME", "webhook-signature": "$SIGNATURE"},
    "twilio": {"X-Twilio-Signature": "$SIGNATURE"},
}
"""The headers by which those who sign are known, each with what stands for it in a line to copy."""

ABSENT: Final = {name: code for name, (_, _, code, _) in _PATH.items()}
PLACES: Final = {name: place for name, (_, _, _, place) in _PATH.items()}
PARAMETERS: Final[dict[str, Json]] = {
    **{
        name: {"name": name, "in": "path", "required": True, "description": what, "schema": schema}
        for name, (what, schema, _, _) in _PATH.items()
    },
    "Last-Event-ID": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The `id` of the last event that was read: the stream goes on behind it.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,9}\\.[0-9]{1,9}$"},
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The delivery id, where the body holds none: the same again has no second effect.",
        "schema": {"type": "string", **DELIVERY_ID},
    },
    "webhook-id": {
        "name": "webhook-id",
        "in": "header",
        "required": True,
        "description": "The delivery id: the same again has no second effect. Signed.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_DELIVERY_ID, "pattern": "^[!-\\-/-~]+$"},
    },
    "webhook-timestamp": {
        "name": "webhook-timestamp",
        "in": "header",
        "required": True,
        "description": f"Now, in seconds since 1970; at most {TOLERANCE} s from our clock. Signed.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    "webhook-signature": {
        "name": "webhook-signature",
        "in": "header",
        "required": True,
        "description": "`v1,` and the base64 of HMAC-SHA256 of `webhook-id.webhook-timestamp.body`.",
        "schema": _TEXT,
    },
    "X-Twilio-Signature": {
        "name": "X-Twilio-Signature",
        "in": "header",
        "required": True,
        "description": "The base64 of HMAC-SHA1 of the address and all fields, under the account's auth token.",
        "schema": _TEXT,
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": f"How long to wait for a reply that is being written: `wait=N`, 0 to {LONGEST_WAIT} seconds "
        f"({USUAL_WAIT} if left out), or `respond-async`, which is 0. If it is not ready then, the status is 202.",
        "schema": _TEXT,
    },
}
