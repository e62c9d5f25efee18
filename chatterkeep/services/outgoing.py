"""Hands texts for phones to a carrier, in the background: whoever asks for one never waits, and never learns how it
went.

What waits is in memory only. A text here is a code that is worth something for minutes: where a process ends before it
could hand one over, the person asks for another.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.measures import OUTGOING
from chatterkeep.services.ports import Carrier, CarrierFailed

log = logging.getLogger(__name__)

CONSOLE: Final = "console"
"""The name of the carrier that hands texts to the log."""

THREADS: Final = 4
"""How many texts are handed over at a time."""

WAITING: Final = 200
"""How many may wait for that; one more is told to nobody but the log."""

TRIES: Final = 3
"""How often one text is tried."""

LONGEST_PAUSE: Final = 30.0
"""The longest wait in seconds that a carrier may ask for; who asks for more is not asked again."""

STALE: Final = timedelta(minutes=5)
"""A text that could not be handed over for so long comes too late to be of use."""

DRAIN: Final = 8.0
"""Seconds that an ending process gives to what still waits."""

_PAUSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Letter:
    phone: PhoneNumber
    text: str = field(repr=False)
    key: str = field(repr=False)
    asked_at: datetime


class Outgoing:
    """The texts that leave this process. Without a carrier, none can."""

    def __init__(self, carrier: Carrier | None, clock: Callable[[], datetime]) -> None:
        self._carrier = carrier
        self._clock = clock
        self._gone = False
        self._letters: deque[_Letter] = deque()
        self._threads = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()

    @property
    def available(self) -> bool:
        """Tell whether there is anybody to carry a text."""
        return self._carrier is not None and not self._gone

    @property
    def name(self) -> str:
        """The name of the channel; `none` without one."""
        return self._carrier.name if self._carrier else "none"

    @property
    def is_logged(self) -> bool:
        """Tell whether texts go to the server's log and nowhere else."""
        return self.name == CONSOLE

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left."""
        return not self._threads

    def send(self, phone: PhoneNumber, text: str, key: str) -> None:
        """Have a text carried, and return at once.

        `key` names the text for ever: 1 to 255 visible ASCII characters, without a full stop.
        """
        if self._carrier is None or self._gone:
            self._told("unavailable", logging.WARNING)
            return
        letter = _Letter(phone, text, key, self._clock())
        with self._lock:
            full = self._closing.is_set() or len(self._letters) >= WAITING
            if not full:
                self._letters.append(letter)
            starts = not full and self._threads < THREADS
            self._threads += starts
        if full:
            self._told("full", logging.ERROR)
        if starts:
            self._start(self._carrier)

    def close(self) -> None:
        """Take nothing more, try what waits once, and wait for it for DRAIN seconds at most."""
        self._closing.set()
        deadline = time.monotonic() + DRAIN
        while self._threads and time.monotonic() < deadline:
            time.sleep(0.02)
        if left := len(self._letters):
            log.error("outgoing.left", extra={"count": left})

    def _start(self, carrier: Carrier) -> None:
        try:
            threading.Thread(target=self._run, args=(carrier,), name="outgoing", daemon=True).start()
        except RuntimeError:  # no thread to be had: the next text brings another try
            log.exception("outgoing.not_begun")
            with self._lock:
                self._threads -= 1

    def _run(self, carrier: Carrier) -> None:
        while True:
            with self._lock:
                if not self._letters:
                    self._threads -= 1
                    return
                letter = self._letters.popleft()
            try:
                self._carry(carrier, letter)
            except Exception:
                log.exception("outgoing.broken")
                OUTGOING.labels(self.name, "failed").inc()

    def _carry(self, carrier: Carrier, letter: _Letter) -> None:
        for count in range(1, TRIES + 1):
            if self._gone or self._clock() - letter.asked_at > STALE:
                self._told("unavailable" if self._gone else "stale", logging.WARNING, count=count - 1)
                return
            try:
                carrier.send(letter.phone, letter.text, letter.key)
            except CarrierFailed as error:
                if error.gone:
                    self._gone = True
                pause = _pause(error, count)
                if self._is_final(carrier, error, count, pause):
                    self._told("failed", logging.ERROR, problem=str(error), count=count)
                    return
                log.warning("outgoing.again", extra={"problem": str(error), "count": count})
                self._closing.wait(pause)
            else:
                self._told("sent", logging.INFO, count=count)
                return

    def _is_final(self, carrier: Carrier, error: CarrierFailed, count: int, pause: float) -> bool:
        """Tell whether to give up: trying again must be of use, wanted, in time, and never reach the phone twice."""
        doubles = error.ambiguous and not carrier.knows_keys
        late = count == TRIES or pause > LONGEST_PAUSE or self._closing.is_set()
        return error.permanent or doubles or late

    def _told(self, result: str, level: int, **more: object) -> None:
        OUTGOING.labels(self.name, result).inc()
        log.log(level, "outgoing.%s", result, extra=more)


def _pause(error: CarrierFailed, count: int) -> float:
    """Seconds until the next try: what the carrier asks for, or a random time that grows."""
    backoff = _PAUSE * 2.0**count * (0.5 + random.random())  # noqa: S311 - no secret
    return max(backoff, error.retry_after or 0.0)
