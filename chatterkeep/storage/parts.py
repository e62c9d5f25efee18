"""Cuts lists into parts that one statement can hold: PostgreSQL takes 65,535 values."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

Value = TypeVar("Value")

_AT_ONCE: Final = 500


def parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Yield the values, in order, some hundreds at a time."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
