"""Turns a second through POST /chat against a bare Flask route that echoes the same JSON."""

from pathlib import Path

from benchmarks.compare import Effort, Finding, alternate
from benchmarks.load import Measure, drive
from benchmarks.people import Echoed, Talker, fresh_phones
from benchmarks.servers import CONNECTIONS, Server, bare_server, chatterkeep
from benchmarks.spread import connect_evenly


def findings(folder: Path, effort: Effort) -> list[Finding]:
    with bare_server(folder / "bare") as bare, chatterkeep(folder / "turns") as app:
        rounds = alternate(
            "turns",
            lambda: talk(app, Talker, effort.seconds),
            lambda: talk(bare, Echoed, effort.seconds),
            effort.rounds,
        )
    return [
        rounds.rate_finding("turns a second, to a bare JSON echo", at_least=0.30),
        rounds.p99_finding("p99 of a turn, to the p99 of the echo", at_most=20),
    ]


def talk(server: Server, kind: type[Talker], seconds: float) -> Measure:
    """Conversations on every connection, from phones that are all new."""
    phones = fresh_phones()
    talkers = [kind(phones) for _ in range(CONNECTIONS)]
    return drive(connect_evenly(server, CONNECTIONS), talkers, seconds)
