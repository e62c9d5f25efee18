"""Says, to whoever waits on a connection, whether to go on waiting."""

import time
from collections.abc import Callable
from typing import Final

from chatterkeep.domain.answers import Failure, NoAnswer
from chatterkeep.services.ports import SLICE, Call

GRACE: Final = 2 * SLICE
"""How long, in seconds, a finished answer waits for its usage and for the end of the response."""


class Watch:
    """Goes with a connection from call to call. `check` raises when it is enough: Unwanted or NoAnswer."""

    def __init__(self) -> None:
        self.check: Callable[[], None] = self._overtime
        self._until = 0.0

    def begin(self, call: Call) -> None:
        """Wait for this call from now on."""
        self.check = call.check

    def finish(self) -> None:
        """The answer is complete: wait no longer than GRACE for what follows it."""
        if self.check != self._overtime:
            self._until = time.monotonic() + GRACE
            self.check = self._overtime

    def _overtime(self) -> None:
        if time.monotonic() >= self._until:
            raise NoAnswer(Failure.STALLED, "no end of the response")
