"""Work that a process does by itself, again and again, in one quiet thread."""

import random
import threading
from collections.abc import Callable


class Rounds:
    """A thread that calls `work`, which returns for how many seconds to rest, until this is closed.

    Rests are a little longer or shorter each time: processes that started together must not work together.
    """

    def __init__(self, name: str, work: Callable[[], float]) -> None:
        self._name = name
        self._work = work
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._running = False

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left, once closed."""
        return not self._running

    def start(self, first: float) -> None:
        """Begin after about so many seconds. Once is enough; more do no harm."""
        with self._lock:
            starts, self._running = not self._running, True
        if starts:
            threading.Thread(target=self._run, args=(first,), name=self._name, daemon=True).start()

    def close(self) -> None:
        """End after the present piece of work: this process is about to end."""
        self._closing.set()

    def rest(self, seconds: float) -> bool:
        """Wait within a piece of work, so that others have their turn; tell whether to end it."""
        return self._closing.wait(seconds)

    def _run(self, rest: float) -> None:
        while not self._closing.wait(rest * random.uniform(0.8, 1.2)):  # noqa: S311 - no secret
            rest = self._work()
        self._running = False
