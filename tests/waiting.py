"""Waits for what another thread or process is about to do: as long as it takes, not for a time that seems right."""

import time
from collections.abc import Callable
from typing import Final

_PAUSE: Final = 0.005


def until(holds: Callable[[], object], within: float = 60) -> None:
    """Wait until something holds; fail if it never does."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "This never came true."
        time.sleep(_PAUSE)
