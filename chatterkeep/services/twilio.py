"""Knows the requests of Twilio by their signature."""

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from chatterkeep.domain.twilio import DIGESTS, Fields, fits

log = logging.getLogger(__name__)

_PORTS: Final = {"http": 80, "https": 443}
_MOST_FIELDS: Final = 200
_BODY_HASH: Final = "bodySHA256"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A request as it came in: its path, its query as it was spelt, its body, and two headers.

    `signature` is `X-Twilio-Signature`, `manner` is `X-Twilio-Webhooks-Signature-Settings`; either may be empty.
    """

    path: str
    query: str
    body: bytes = field(repr=False)
    is_form: bool
    signature: str
    manner: str


class Twilio:
    """The auth tokens that are shared with Twilio: one, or two while they are being exchanged, or none.

    `public_url` is the address that Twilio calls, without a path of ours. What a request says of its own host is not
    believed, so without it nothing fits.
    """

    def __init__(self, tokens: Sequence[str], public_url: str) -> None:
        self._tokens = tuple(tokens)
        self._public_url = public_url

    def fit(self, came: Delivered) -> bool:
        """Tell whether Twilio has signed this request."""
        if not (self._tokens and self._public_url):
            return False
        url = f"{self._public_url}{came.path}{'?' if came.query else ''}{came.query}"
        digest, signed = _digest(came.manner), _signed_fields(came)
        if digest and signed is not None and fits(self._tokens, _spellings(url), signed, came.signature, digest):
            return True
        # The usual reason is an address that is not the very one in Twilio's console.
        checked = f"The signature does not fit {self._public_url}{came.path} ({len(url)} characters with its query)."
        log.warning("twilio.refused", extra={"problem": checked})
        return False


def read_form(body: bytes) -> Fields | None:
    """Return the fields of a form as Twilio sends one, with empty and repeated ones; None where it is none."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None


def _signed_fields(came: Delivered) -> Fields | None:
    """The fields that were signed; of another body than a form none, since its hash stands in the address."""
    if came.is_form:
        return read_form(came.body)
    given = [value for name, value in parse_qsl(came.query, keep_blank_values=True) if name == _BODY_HASH]
    right = sha256(came.body).hexdigest().encode()
    return () if len(given) == 1 and hmac.compare_digest(given[0].encode(), right) else None


def _digest(manner: str) -> str | None:
    """Return how it is said to be signed, HMAC-SHA1 where nothing is said, or None for a way we do not know."""
    told = dict(one.strip().partition("=")[::2] for one in manner.split(","))
    return DIGESTS.get((told.get("algorithm") or "HMAC_SHA1").upper())


def _spellings(url: str) -> tuple[str, ...]:
    """The address with and without its port: Twilio signs now the one, now the other."""
    parts = urlsplit(url)
    name = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    with_port = f"{name}:{parts.port or _PORTS[parts.scheme]}"
    rest = url.partition("://")[2].removeprefix(parts.netloc)
    return tuple(f"{parts.scheme}://{host}{rest}" for host in (name, with_port))
