"""A circuit breaker: while a provider is sick, nobody waits for it, and it is only asked to see if it is well.

The counts are shared by all processes, through the same counters as the limits.
"""

from contextlib import suppress
from typing import Final, Protocol

from limits.errors import StorageError

FAILURES: Final = 5
"""So many failures in a row open the circuit."""

MEMORY: Final = 60
"""Seconds after which the first of these failures is forgotten."""

PROBE: Final = 10
"""Seconds between two questions asked to see whether the provider is well again."""

UNCOUNTED: Final = (StorageError, OSError)
"""What the counters raise where they cannot be reached; a conversation must not stop for that."""


class Counters(Protocol):
    """Shared counts that forget, such as those of the package `limits`."""

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a count, which begins anew `expiry` seconds after its first; return it."""
        ...

    def get(self, key: str) -> int:
        """Return a count."""
        ...

    def get_expiry(self, key: str) -> float:
        """Return when a count is forgotten, in seconds since 1970."""
        ...

    def clear(self, key: str) -> None:
        """Forget a count."""
        ...


class Breaker:
    """Opens after failures in a row, and closes with the first answer. `name` tells providers apart."""

    def __init__(self, counters: Counters, name: str = "") -> None:
        self._counters = counters
        self._failed = f"breaker/{name}failures"
        self._probed = f"breaker/{name}probe"

    @property
    def is_open(self) -> bool:
        """Tell whether the provider has failed so often that it is left alone. Asks nobody, and changes nothing."""
        with suppress(*UNCOUNTED):
            return self._counters.get(self._failed) >= FAILURES
        return False

    def allows(self) -> bool:
        """Tell whether to ask the provider now; with the circuit open, one of all processes may, now and then."""
        with suppress(*UNCOUNTED):
            return self._counters.get(self._failed) < FAILURES or self._counters.incr(self._probed, PROBE) == 1
        return True

    def failed(self) -> None:
        """Note that the provider failed."""
        with suppress(*UNCOUNTED):
            if self._counters.incr(self._failed, MEMORY) == FAILURES:
                self._counters.incr(self._probed, PROBE)

    def worked(self) -> None:
        """Note that the provider answered."""
        with suppress(*UNCOUNTED):
            if self._counters.get(self._failed):
                self._counters.clear(self._failed)
