"""The error codes of the HTTP contract: what each means, and how to mend it. The documentation is made from these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """One error code as the documentation explains it."""

    statuses: str
    what: str
    fix: str


MEANINGS: Final[Mapping[str, Meaning]] = {
    "VALIDATION_ERROR": Meaning("400, 422", "A field is missing or cannot be used.", "See details.field and hint."),
    "MALFORMED_JSON": Meaning("400", "The body is not the JSON or form it says it is.", "Send the example in hint."),
    "UNSUPPORTED_MEDIA_TYPE": Meaning(
        "415",
        "The Content-Type is not understood.",
        "Send application/json or application/x-www-form-urlencoded.",
    ),
    "UNAUTHORIZED": Meaning("401", "There is no credential, or it is unknown, expired or revoked.", "See hint."),
    "FORBIDDEN": Meaning("403", "The credential does not allow this.", "Use a key with the scope named."),
    "BAD_SIGNATURE": Meaning(
        "403",
        "The signature does not fit the request, its time is over 5 minutes from ours, or we share no secret.",
        "Sign `webhook-id.webhook-timestamp.body` with the shared secret: the bytes of the body as they are sent, the "
        "present time in seconds, an id without a full stop. The secret must stand in CHATTERKEEP_CHANNEL_SECRETS. For "
        "Twilio, CHATTERKEEP_TWILIO_TOKENS and CHATTERKEEP_PUBLIC_URL must be what stands in its console.",
    ),
    "NOT_FOUND": Meaning(
        "404",
        "There is nothing at this address.",
        "Check the address, or go back to the start. Programs find those of the API at /docs.",
    ),
    "SESSION_NOT_FOUND": Meaning("404", "There is no such session, or it is not yours.", "Check the id."),
    "CONVERSATION_NOT_FOUND": Meaning("404", "There is no such conversation, or it is not yours.", "Check the id."),
    "MESSAGE_NOT_FOUND": Meaning("404", "There is no such message, or it is not yours.", "Check the id."),
    "RECEIPT_NOT_FOUND": Meaning("404", "There is no such receipt of an erasure.", "Check the address."),
    "ATTEMPT_NOT_FOUND": Meaning(
        "404",
        "This attempt to prove a number is over, or not this page's.",
        "An attempt lasts 30 minutes, and ends once another number is tried. Begin again.",
    ),
    "FILE_NOT_FOUND": Meaning("404", "There is no such file, or it is not yours.", "Check the id; was it erased?"),
    "DOCUMENT_NOT_FOUND": Meaning("404", "There is no such document.", "Check the id; was it replaced or removed?"),
    "PASSAGE_NOT_FOUND": Meaning(
        "404", "There is no such passage, or no answer of yours cites it.", "Check the address."
    ),
    "METHOD_NOT_ALLOWED": Meaning("405", "The address exists, but not for this method.", "See the Allow header."),
    "IDEMPOTENCY_CONFLICT": Meaning(
        "409",
        "This delivery id came before with another message.",
        "Give every new message a new id.",
    ),
    "PAYLOAD_TOO_LARGE": Meaning(
        "413", "The body is larger than is taken here: 64 KiB, and 8 MB with a document.", "Send less."
    ),
    "FILE_TOO_LARGE": Meaning("413", "The file is larger than 10 MiB.", "Send a smaller file, or a part of it."),
    "UNSUPPORTED_FILE_TYPE": Meaning(
        "415",
        "The file is of no kind that is taken, or its name, its declared type and its content differ.",
        "Send text in UTF-8 (.txt, .md, .py, .js, .json) or a PDF, and name it as what it is.",
    ),
    "RATE_LIMIT_EXCEEDED": Meaning("429", "Too many messages.", "Wait for Retry-After seconds, then send it again."),
    "OPENAI_ERROR": Meaning(
        "502",
        "The language model gave no answer; the message is stored.",
        "Ask for another try: POST /chat/replies/<reply_id>/retry.",
    ),
    "STORE_BUSY": Meaning("503", "The database could not be written in time; nothing was stored.", "Send it again."),
    "OVERLOADED": Meaning("503", "We cannot do this at the moment; nothing was stored.", "Wait, then send it again."),
    "INTERNAL_ERROR": Meaning("500", "Something went wrong on our side.", "Report the request_id."),
}

HTTP_CODES: Final = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMIT_EXCEEDED",
    503: "STORE_BUSY",
}
"""The codes of what Flask and Werkzeug refuse, by status."""

TITLES: Final = {
    400: "We could not read that",
    401: "Please sign in",
    403: "This is not allowed",
    404: "Nothing here",
    405: "That does not work here",
    409: "Already sent",
    413: "That is too large",
    415: "We could not read that",
    422: "Please check what you typed",
    429: "A little slower, please",
    500: "Something went wrong on our side",
    503: "Busy for a moment",
}
"""What the page of an error is called."""
