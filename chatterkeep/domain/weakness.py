"""Keys that protect nothing: too short, thought up by somebody, or published for everybody to read."""

from hashlib import sha256
from itertools import pairwise
from typing import Final

_SHORTEST: Final = 32
_PUBLISHED: Final = frozenset(
    {
        "97f5c55c661281af62f79bba1ddba5a18c8f93112c93a21eff7155bfe5a3dc5a",
        "185b48d7921988346c54033824ff8ceef5d4ebdd32db2eda45895d904e76821a",
        "34433c65707237bba3d85837d4a7db9069035f1207340cd27987beb4d18637ff",
        "53c346c42310c57c2a217d3f3a61ff35842ec135fe78d6a84c18fc545f0b020e",
        "f74e1720b76148810ffaeb4dc46a600cfa2fc3720e96da67a85a3dcb3f14c7a3",
    }
)
"""Hashes (SHA-256) of keys that stand in documentation as examples: four of ours, one of Standard Webhooks."""


def is_weak(key: bytes, shortest: int = _SHORTEST) -> bool:
    """Tell whether a key has too few bytes, or is none that a source of randomness gives.

    Twenty different bytes are asked of 32, and fifteen of 24. Random keys miss that once in seven billion, and once in
    a billion; they read as text even less often.
    """
    different = len(set(key)) * 8 >= min(len(key), _SHORTEST) * 5
    return len(key) < shortest or not different or _repeats(key) or _counts(key) or _is_text(key)


def is_published(key: bytes) -> bool:
    """Tell whether a key is one of the examples of the documentation."""
    return sha256(key).hexdigest() in _PUBLISHED


def _repeats(key: bytes) -> bool:
    """Tell whether a key is one block, again and again."""
    return any(key[size:] == key[:-size] for size in range(1, len(key) // 2 + 1))


def _counts(key: bytes) -> bool:
    """Tell whether each byte is as far from the one before as the next is from it."""
    return len({(after - before) % 256 for before, after in pairwise(key)}) == 1


def _is_text(key: bytes) -> bool:
    """Tell whether a key can be read: a password, or digits that stand for fewer bytes than there are."""
    try:
        return "".join(key.decode().split()).isprintable()
    except UnicodeDecodeError:
        return False
