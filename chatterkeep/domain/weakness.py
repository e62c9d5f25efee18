"""Keys that protect nothing: too short, too plain, or published for everybody to read."""

from hashlib import sha256
from typing import Final

_SHORTEST: Final = 32
_LEAST_BYTES: Final = 8
_PUBLISHED: Final[frozenset[str]] = frozenset()
"""Hashes (SHA-256) of the keys that stand in our documentation as examples."""


def is_weak(key: bytes, shortest: int = _SHORTEST) -> bool:
    """Tell whether a key has too few bytes, or too few different ones."""
    return len(key) < shortest or len(set(key)) < _LEAST_BYTES


def is_published(key: bytes) -> bool:
    """Tell whether a key is one of the examples in our documentation."""
    return sha256(key).hexdigest() in _PUBLISHED
