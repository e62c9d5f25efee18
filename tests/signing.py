"""Signs requests as a gateway does, and as Twilio does."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from chatterkeep.domain.signatures import read_secret, sign
from chatterkeep.domain.twilio import sign as sign_for_twilio
from chatterkeep.services.signatures import generate_secret
from tests.make import NOW

SECRET = generate_secret()
"""The secret that applications of these tests share with their gateway."""

TOKEN = secrets.token_hex(16)
"""The auth token of their Twilio account."""

ADDRESS = "https://chat.example.org"
"""Where Twilio finds them."""


def signed(body: bytes, delivery: str = "sms-1", now: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    """The headers of a request that is signed at this moment."""
    return sign(read_secret(secret), delivery, int(now.timestamp()), body)


def twilio_signed(
    fields: Mapping[str, str], url: str = f"{ADDRESS}/webhooks/twilio", token: str = TOKEN
) -> dict[str, str]:
    """The header of a form that Twilio sends."""
    return {"X-Twilio-Signature": sign_for_twilio(token, url, list(fields.items()))}
