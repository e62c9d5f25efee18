"""Keeps house by itself: once an hour, in one quiet thread of each process, it removes what is too old."""

import logging
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.audit import SERVER
from chatterkeep.domain.erasure import Counts
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.services.remains import Remains
from chatterkeep.services.retention import Retention
from chatterkeep.services.rights import Rights
from chatterkeep.services.rounds import Rounds

log = logging.getLogger(__name__)

PERIOD: Final = timedelta(hours=1)
"""How long it waits between two rounds, more or less."""

FIRST: Final = timedelta(minutes=2)
"""Within what time after the start the first round begins."""

BREATH: Final = 0.05
"""Seconds of rest after each step, in which others write."""


class Housekeeping:
    """The rounds of this process. Several processes at it do the work of one."""

    def __init__(self, retention: Retention, rights: Rights, remains: Remains, clock: Callable[[], datetime]) -> None:
        self._retention = retention
        self._rights = rights
        self._remains = remains
        self._clock = clock
        self._rounds = Rounds("housekeeping", self._round)

    @property
    def at_rest(self) -> bool:
        """Tell whether no thread of this is left, once closed."""
        return self._rounds.at_rest

    def start(self) -> None:
        """Begin with the rounds. Once is enough; more do no harm."""
        self._rounds.start(FIRST.total_seconds() * random.random())  # noqa: S311 - no secret

    def close(self) -> None:
        """End after the present step: this process is about to end."""
        self._rounds.close()

    def go_round(self) -> Counts:
        """Remove what is too old now, and say how much that was; stop early when closed. Raises StoreBusy."""
        removed = Counts()
        for counts in self._steps(self._clock()):
            removed += counts
            if self._rounds.rest(BREATH):
                break
        self._rights.empty_log()
        return removed

    def _steps(self, now: datetime) -> Iterator[Counts]:
        if self._retention.period:
            yield from self._retention.purge(self._retention.period, SERVER, now)
        yield from self._retention.tidy(now)
        yield Counts(files=self._remains.sweep(now).unsent)

    def _round(self) -> float:
        """Go round once; return for how many seconds to rest."""
        try:
            removed = self.go_round()
            if removed.conversations or removed.sessions:
                log.info("housekeeping.removed", extra={"count": removed.conversations or removed.sessions})
        except StoreBusy:
            log.warning("housekeeping.put_off")
        except Exception:
            log.exception("housekeeping.failed")
        return PERIOD.total_seconds()
