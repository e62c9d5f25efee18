"""A carrier that does what it is told, and remembers what it was given."""

import threading

from chatterkeep.services.outgoing import Outgoing
from chatterkeep.services.ports import CarrierFailed
from tests.waiting import until


class Recorder:
    """Fails with what is listed in `failures`, one for each try, and then carries everything.

    While `holding`, it keeps whoever sends waiting.
    """

    name = "recorder"

    def __init__(self, *failures: CarrierFailed, knows_keys: bool = True) -> None:
        self.failures = list(failures)
        self.knows_keys = knows_keys
        self.tries: list[tuple[str, str, str]] = []
        self.carried: list[str] = []
        self.most = self._now = 0
        self.free = threading.Event()
        self.free.set()
        self._lock = threading.Lock()

    def send(self, phone: object, text: str, key: str) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.tries.append((str(phone), text, key))
            failure = self.failures.pop(0) if self.failures else None
        self.free.wait(60)
        with self._lock:
            self._now -= 1
        if failure:
            raise failure
        self.carried.append(key)


def settle(outgoing: Outgoing, within: float = 60.0) -> None:
    """Wait until nothing is under way."""
    until(lambda: outgoing.at_rest, within)
