"""Knows the gateway that delivers messages by its signature."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chatterkeep.domain.signatures import Signed, fits, read_secret, write_secret

_LENGTH: Final = 32


class Signatures:
    """The secrets that are shared with the gateway: one, or two while they are being exchanged, or none."""

    def __init__(self, written: Sequence[str]) -> None:
        self._secrets = tuple(read_secret(one) for one in written)

    @property
    def known(self) -> bool:
        """Tell whether there is any secret. Without one, nothing fits."""
        return bool(self._secrets)

    def fit(self, signed: Signed, body: bytes, now: datetime) -> bool:
        """Tell whether these headers sign this body, now."""
        return fits(self._secrets, signed, body, now.timestamp())


def generate_secret() -> str:
    """Return a new secret, as both sides write it into their settings."""
    return write_secret(secrets.token_bytes(_LENGTH))
