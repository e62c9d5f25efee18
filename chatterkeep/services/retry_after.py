"""How long to wait before another try: reads the Retry-After header (RFC 9110, section 10.2.3), written anyhow."""

import math
import random
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 600.0
"""Longest wait in seconds that is believed."""

_PAUSE: Final = 0.5


def pause_after(asked: float | None, tries: int) -> float:
    """Return the seconds until the next try: what was asked for, or a random time, that not all come back at once."""
    backoff = _PAUSE * tries * (1 + random.random())  # noqa: S311 - no secret
    return max(backoff, asked or 0.0)


def retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds to wait, between 0 and LONGEST, or None where the header says nothing. `now` is Unix time."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _until(header, now)
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST)


def _until(date: str, now: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError):
        return math.nan
