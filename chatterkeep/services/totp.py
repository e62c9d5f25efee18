"""Codes of a second factor: RFC 6238 with six digits, steps of 30 seconds and SHA-1, as every authenticator knows."""

import hmac
import re
from datetime import datetime
from typing import Final

import pyotp

_STEP: Final = 30
_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)
_ISSUER: Final = "ChatterKeep"


def new_secret() -> str:
    """Return a new secret: 160 random bits in base32."""
    return pyotp.random_base32()


def address_of(secret: str, username: str) -> str:
    """Return the `otpauth:` address by which an authenticator takes a secret over."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code this is: the present one, or the one before or after it. None if it is no such code.

    Steps count the half minutes since 1970.
    """
    typed = "".join(code.split())
    if not _CODE.fullmatch(typed):
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    near = (present - 1, present, present + 1)
    return max((step for step in near if hmac.compare_digest(totp.generate_otp(step), typed)), default=None)
