"""The keys that live outside the database, and who hands them out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol, Self

WRAPPING: Final = "wrapping"
PEPPER: Final = "pepper"
SECRET: Final = "secret"  # noqa: S105 - the name of a purpose
DATA: Final = "data"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by purpose and version. Those that `current` names are in use, else the highest; all others still open.

    `wrapping` are key-encryption keys, `pepper` keys the look-up of numbers, `secrets` sign what staff's browsers and
    sockets bring back: 32 bytes each. `ledger` keys what can never be computed anew, so it never changes: deliveries,
    the audit's seals, the index of words, attempts to prove a number and their codes, known settings. A ring from
    before it existed has its first pepper there. Data keys are not here, but their generation is: sessions of an older
    one are due to get new keys.
    """

    wrapping: Mapping[int, bytes]
    pepper: Mapping[int, bytes]
    secrets: Mapping[int, bytes]
    ledger: bytes
    current: Mapping[str, int] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    """When the version in use was put to use, where that is known."""
    rotating: Mapping[str, int] = field(default_factory=dict)
    """The versions that rotations lead to which have begun and not ended."""

    def latest(self, at_once: bool = False) -> Self:
        """Return these keys: they never change."""
        return self

    def versions(self, purpose: str) -> Mapping[int, bytes]:
        """Return the keys of one purpose."""
        return {WRAPPING: self.wrapping, PEPPER: self.pepper, SECRET: self.secrets}[purpose]

    def in_use(self, purpose: str) -> int:
        """Return the version in use; for data keys, their generation."""
        if purpose == DATA:
            return self.current.get(DATA, 1)
        return self.current.get(purpose) or max(self.versions(purpose))

    @property
    def signing(self) -> tuple[bytes, ...]:
        """The secrets as itsdangerous wants them: the one that signs last, those that are only recognised before."""
        last = self.in_use(SECRET)
        return (*(key for version, key in self.secrets.items() if version != last), self.secrets[last])

    def __repr__(self) -> str:
        return f"KeyRing(wrapping={sorted(self.wrapping)}, pepper={sorted(self.pepper)})"


class Keys(Protocol):
    """Hands out the keys as they are now: a ring of which nothing changes, or a file that is read anew."""

    def latest(self, at_once: bool = False) -> KeyRing:
        """Return the keys; looked at anew `at_once`, or within a second. Never raises: old keys serve too."""
        ...


class SigningKeys:
    """The secrets of now, each time they are asked for: for libraries that are given their keys once."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._keys.latest().signing)
