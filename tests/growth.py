"""How cost grows with size: a ratio within one run, which no slow or busy machine changes."""

import time
from collections.abc import Callable
from typing import Final

STEEP: Final = 9.0
"""Four times the size costs four times as much where cost grows evenly, sixteen times where it grows by the square."""

_LOOKS: Final = 12
_AT_LEAST: Final = 3


def growth(work: Callable[[str], object], piece: str, size: int) -> float:
    """How many times the work on `size` characters is the work on four times as many, of a text of this piece.

    The cheapest of a few looks at each counts, since whatever else a machine does can only make work seem dearer; more
    are taken while the result seems STEEP.
    """
    text = (piece * 4 * size)[: 4 * size]
    small, large = [], []
    while len(small) < _LOOKS:
        small.append(_cost(work, text[:size]))
        large.append(_cost(work, text))
        if len(small) >= _AT_LEAST and min(large) < STEEP * min(small):
            break
    return min(large) / min(small)


def _cost(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun
