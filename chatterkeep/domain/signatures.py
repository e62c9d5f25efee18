"""Signed requests between two servers, as Standard Webhooks has them (https://www.standardwebhooks.com), version `v1`.

Signed is `id.timestamp.body` with HMAC-SHA256 under a shared secret. The id names the message for ever, the timestamp
(Unix seconds) the moment of this try, so that one try cannot be sent again later.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "whsec_"

TOLERANCE: Final = 300
"""How far, in seconds, the timestamp may be from our clock."""

_ID: Final = re.compile(r"[!-\-/-~]{1,255}")
"""Visible ASCII without a full stop: with one, the end of an id could be read as the timestamp, or as the body."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What the three headers of a signed request say, or the empty text where one is missing."""

    id: str
    timestamp: str
    signature: str


def read_secret(written: str) -> bytes:
    """Return the bytes of a secret such as `whsec_MfKQ…`. Raises ValueError."""
    encoded = written.removeprefix(PREFIX)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("is no base64") from error


def write_secret(secret: bytes) -> str:
    """Return a secret as both sides write it into their settings."""
    return PREFIX + base64.b64encode(secret).decode()


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that make a request signed. Raises ValueError for an id that cannot be signed."""
    if not _ID.fullmatch(message_id):
        raise ValueError("an id has 1 to 255 visible ASCII characters and no full stop")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": _signature(secret, message_id, str(timestamp), body),
    }


def fits(secrets: Sequence[bytes], signed: Signed, body: bytes, now: float) -> bool:
    """Tell whether one of the signatures is of exactly this request, by one of the secrets, and of this moment.

    `now` is Unix time. The signatures are compared as text, since base64 has several spellings of the same bytes, and
    all of them with all secrets, so that the time it takes tells nothing.
    """
    if not _ID.fullmatch(signed.id) or not _TIMESTAMP.fullmatch(signed.timestamp):
        return False
    given = [one.encode() for one in signed.signature.split(" ")]
    right = [_signature(secret, signed.id, signed.timestamp, body).encode() for secret in secrets]
    found = [hmac.compare_digest(one, other) for one in given for other in right]
    return any(found) and abs(now - int(signed.timestamp)) <= TOLERANCE


def _signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
