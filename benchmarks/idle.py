"""What an open stream holds in memory while it has nothing to tell."""

import json
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from benchmarks.channels import Connected, Streamed
from benchmarks.compare import Effort, Finding, say
from benchmarks.crowd import Manner, Person, Tally, gather
from benchmarks.memory import sizes
from benchmarks.servers import Server, chatterkeep, language_model
from benchmarks.streams import PACE, talking_to

CROWD = Manner(people=1000, within=10, questions=1)
WARM_UP = Manner(people=100, within=1, questions=1)
REST_SECONDS = 5
PATIENT = {"CHATTERKEEP_FIRST_TOKEN_TIMEOUT": "120s", "CHATTERKEEP_REPLY_TIMEOUT": "240s"}
"""Replies that hang longer than it takes to measure them."""


class Silent(Connected):
    """Opens a socket, and says nothing."""

    def connected(self) -> None:
        self.leave()


class Waiting(Streamed):
    """Asks, and waits for an answer that does not come."""

    def take(self, data: bytes) -> None:
        if json.loads(data).get("token") == "":
            self.leave()
        else:
            self.fault("an answer")


def findings(folder: Path, effort: Effort) -> list[Finding]:
    return [
        _finding("an idle WebSocket", Silent, Connected, folder / "sockets", {}),
        _finding("an SSE stream whose model hangs", Waiting, Streamed, folder / "streams", PATIENT),
    ]


def _finding(what: str, kind: type[Person], lively: type[Person], folder: Path, settings: Mapping[str, str]) -> Finding:
    with language_model(folder, *PACE) as model, chatterkeep(folder / "app", talking_to(model) | dict(settings)) as app:
        gather(lively, app.address, WARM_UP)
        _let_hang(model)
        time.sleep(REST_SECONDS)
        before = _memory(app)
        after: list[tuple[int, int]] = []

        def look() -> None:
            time.sleep(REST_SECONDS)
            after.append(_memory(app))

        tally = gather(kind, app.address, CROWD, look)
    return _worded(what, tally, before, after[0])


def _worded(what: str, tally: Tally, before: tuple[int, int], after: tuple[int, int]) -> Finding:
    rss, pss = ((late - early) / CROWD.people / 1024 for early, late in zip(before, after, strict=True))
    wrong = f", {tally.faults.total()} went wrong" if tally.faults else ""
    say(f"  {what}: RSS {rss:.1f} KB, PSS {pss:.1f} KB each {dict(tally.faults) or ''}")
    return Finding(
        f"memory for {what}",
        f"{rss:.0f} KB{wrong}",
        "at most 60 KB",
        rss <= 60 and not wrong,
        f"RSS of both workers before and after {CROWD.people:,} were opened; PSS {pss:.0f} KB",
    )


def _memory(server: Server) -> tuple[int, int]:
    """(RSS, PSS) of all workers together, in bytes."""
    measured = [sizes(worker) for worker in server.workers]
    return sum(rss for rss, _ in measured), sum(pss for _, pss in measured)


def _let_hang(model: Server) -> None:
    order = urllib.request.Request(f"{model.url}/control", json.dumps({"fault": "hang"}).encode())
    with urllib.request.urlopen(order, timeout=5):
        pass
