"""Reads the Retry-After header (RFC 9110, section 10.2.3) the way servers write it: anyhow."""

import math
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 600.0
"""Longest wait in seconds that is believed."""


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
