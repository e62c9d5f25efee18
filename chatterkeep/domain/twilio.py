"""The signature of Twilio's webhooks (https://www.twilio.com/docs/usage/webhooks/webhooks-security), by our own code.

Signed is the whole address as Twilio calls it, followed by the name and the value of every field of the form, sorted:
HMAC-SHA1 under the account's auth token, or HMAC-SHA256 where the header that goes with it says so. Nothing stands
between names and values, and no time is signed: that a message has one effect is up to its id (`MessageSid`).
"""

import base64
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

DIGESTS: Final[Mapping[str, str]] = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
"""The ways to sign, by the names that Twilio has for them."""

Fields = Sequence[tuple[str, str]]
"""The fields of a form as they came; a name may come again."""


def sign(token: str, url: str, fields: Fields, digest: str = "sha1") -> str:
    """Return the signature of a request under an auth token."""
    # The same name and value twice is signed once, as the official packages do it.
    content = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), content.encode(), digest)).decode()


def fits(tokens: Iterable[str], urls: Iterable[str], fields: Fields, signature: str, digest: str) -> bool:
    """Tell whether a signature is of this request, by one of the tokens, under one spelling of its address.

    All are tried, so that the time it takes tells nothing.
    """
    right = [sign(token, url, fields, digest) for url in urls for token in tokens]
    found = [hmac.compare_digest(one.encode(), signature.encode()) for one in right]
    return any(found)
