"""What the answers of a language model may cost in a day: in one session, and in all of them together.

Counted in tokens, after each answer. So the answer that reaches the limit is still written, and the next is refused.
"""

import time
from contextlib import suppress
from typing import Final

from chatterkeep.domain.errors import RateLimited
from chatterkeep.services.breaker import UNCOUNTED, Counters

DAY: Final = 24 * 60 * 60


class Budget:
    """Tokens in 24 hours, from the first one spent; 0 is no limit."""

    def __init__(self, counters: Counters, session: int, everybody: int) -> None:
        self._counters = counters
        self._session = session
        self._everybody = everybody

    def check(self, session_id: str) -> None:
        """Raise RateLimited where nothing is left."""
        for allowed, key, whose in self._accounts(session_id):
            spent = 0
            with suppress(*UNCOUNTED):
                spent = self._counters.get(key)
            if spent >= allowed:
                raise RateLimited(f"{allowed} tokens in a day for {whose}", allowed, self._seconds(key))

    def spend(self, session_id: str, tokens: int) -> None:
        """Note what an answer cost."""
        for _, key, _ in self._accounts(session_id):
            with suppress(*UNCOUNTED):
                self._counters.incr(key, DAY, tokens)

    def _accounts(self, session_id: str) -> list[tuple[int, str, str]]:
        accounts = [
            (self._session, f"tokens/session/{session_id}", "one session"),
            (self._everybody, "tokens/everybody", "the service"),
        ]
        return [account for account in accounts if account[0]]

    def _seconds(self, key: str) -> int:
        with suppress(*UNCOUNTED):
            return max(1, round(self._counters.get_expiry(key) - time.time()))
        return DAY
