"""Signs requests as a gateway does."""

from datetime import datetime

from chatterkeep.domain.signatures import read_secret, sign
from chatterkeep.services.signatures import generate_secret
from tests.make import NOW

SECRET = generate_secret()
"""The secret that applications of these tests share with their gateway."""


def signed(body: bytes, delivery: str = "sms-1", now: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    """The headers of a request that is signed at this moment."""
    return sign(read_secret(secret), delivery, int(now.timestamp()), body)
