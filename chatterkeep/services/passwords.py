"""Hashes and checks the passwords of staff."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.staff import clean_password
from chatterkeep.storage.gate import PATIENCE

_MEMORY: Final = 19_456
_ROUNDS: Final = 2
_AT_ONCE: Final = 2
NO_PASSWORD: Final = f"$argon2id$v=19$m={_MEMORY},t={_ROUNDS},p=1${'A' * 22}${'A' * 43}"
"""A hash that no password has. Trying one against it costs as much as against an account's."""


class Passwords:
    """Hashes and checks passwords: Argon2id with OWASP's least memory (https://cheatsheetseries.owasp.org).

    Each hash takes 19 MiB and a core for some 40 ms, so a process works on two at a time.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY, parallelism=1, type=Type.ID)
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the hash to be stored. Raises StoreBusy when too many others are being made."""
        with self._turn():
            return self._hasher.hash(clean_password(password))

    def fits(self, password: str, password_hash: str) -> bool:
        """Tell whether a password has this hash. Raises StoreBusy like `hash`."""
        with self._turn():
            try:
                return self._hasher.verify(password_hash, clean_password(password))
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(timeout=PATIENCE):
            raise StoreBusy("Too many people are logging in.")
        try:
            yield
        finally:
            self._room.release()
