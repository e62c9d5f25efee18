"""Keeps answers to first questions in this process's memory."""

import threading
import time
from collections import OrderedDict
from datetime import timedelta
from typing import Final

LARGEST: Final = 512
"""How many answers are kept; those used longest ago give way."""


class LocalCache:
    """Answers by key, each for a time."""

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime.total_seconds()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def get(self, key: str) -> str | None:
        """Return an answer that is kept."""
        with self._lock:
            until, answer = self._kept.get(key, (0.0, ""))
            if until <= time.monotonic():
                self._kept.pop(key, None)
                return None
            self._kept.move_to_end(key)
            return answer

    def put(self, key: str, answer: str) -> None:
        """Keep an answer."""
        with self._lock:
            self._kept[key] = (time.monotonic() + self._lifetime, answer)
            self._kept.move_to_end(key)
            if len(self._kept) > LARGEST:
                self._kept.popitem(last=False)
