"""Texts as vectors: what they are, and how two ways of finding the same things are made one."""

import math
from array import array
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    Vector: TypeAlias = array[float]
else:
    Vector = array  # which cannot say what it holds before Python 3.12
"""A text as a point on the unit sphere, in single precision: the closer two are, the more alike is what they mean."""

K: Final = 10
"""How little the first places count more than the next: less than the usual 60, which is for longer rankings."""


def unit(numbers: Iterable[float]) -> Vector:
    """Return a vector of length 1 in space that points the same way. Raises ValueError for what points nowhere."""
    vector = array("f", numbers)
    length = math.sqrt(math.fsum(number * number for number in vector))
    if not (0 < length < math.inf):
        raise ValueError("a vector of no direction")
    return array("f", [number / length for number in vector])


def fused(*rankings: Mapping[int, float]) -> dict[int, float]:
    """Return a score for each of the things that are ranked, more is better. A ranking is in order, the best first.

    This is reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009), which compares places and no
    scores: those of two ways of finding are not to be compared. Each place counts as much as its ranking trusts it,
    0 to 1.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, (one, trust) in enumerate(ranking.items(), start=1):
            scores[one] = scores.get(one, 0.0) + trust / (K + place)
    return scores
