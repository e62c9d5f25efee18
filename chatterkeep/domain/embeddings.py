"""Texts as vectors: what they are, and how two ways of finding the same things are made one."""

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    Vector: TypeAlias = array[float]
else:
    Vector = array  # which cannot say what it holds before Python 3.12
"""A text as a point on the unit sphere, in single precision: the closer two are, the more alike is what they mean."""

K: Final = 60
"""How little the first places count more than the next: the usual value."""


def unit(numbers: Iterable[float]) -> Vector:
    """Return a vector of length 1 in space that points the same way. Raises ValueError for what points nowhere."""
    vector = array("f", numbers)
    length = math.sqrt(math.fsum(number * number for number in vector))
    if not (0 < length < math.inf):
        raise ValueError("a vector of no direction")
    return array("f", [number / length for number in vector])


def fused(*rankings: Sequence[int]) -> dict[int, float]:
    """Return a score for each of the things that are ranked, the best first in each ranking; more is better.

    This is reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): it needs no scores, which of two ways of
    finding are not to be compared.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, one in enumerate(ranking, start=1):
            scores[one] = scores.get(one, 0.0) + 1 / (K + place)
    return scores
