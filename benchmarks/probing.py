"""Whether time tells a known number from an unknown one: `python -m benchmarks.probing`.

Each of 500 known and 500 unknown numbers, in turn, has a page begin a proof and ask for a code, and then types a wrong
one; both are timed as a client of the application sees them. Nothing here fails. The aim is a gap of less than 5 ms
between the medians, and that the two cannot be told apart: p > 0.01 in a Mann-Whitney test.
"""

import argparse
import tempfile
import time
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import NormalDist, median, quantiles
from typing import Any

from flask.testing import FlaskClient
from flask_migrate import upgrade

from chatterkeep.app import create_app
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings

NUMBERS = 500
GAP, P = 5.0, 0.01
ASKING, TYPING = "begin, and ask for a code", "type a wrong code"


class Dropping:
    """A carrier that takes every text and drops it."""

    name = "dropping"
    knows_keys = True

    def send(self, phone: PhoneNumber, text: str, key: str) -> None:
        """Drop it."""


def main() -> None:
    numbers = argparse.ArgumentParser(prog="benchmarks.probing", description=__doc__)
    numbers.add_argument("--numbers", type=int, default=NUMBERS, help="known ones, and as many unknown ones")
    count = numbers.parse_args().numbers
    with tempfile.TemporaryDirectory(prefix="chatterkeep-bench-") as folder:
        times = measure(Path(folder), count)
    for step, (known, unknown) in times.items():
        print(f"{step}:")
        for name, found in (("known", known), ("unknown", unknown)):
            low, middle, high = quantiles(found, n=4)
            print(f"{name:>10}: median {middle:.2f} ms, half within {low:.2f} to {high:.2f} ms, n = {len(found)}")
        gap, p = abs(median(known) - median(unknown)), mann_whitney(known, unknown)
        met = "met" if gap < GAP and p > P else "NOT MET"
        print(f"       gap: {gap:.2f} ms between the medians, p = {p:.3f}: {met}")


def measure(folder: Path, count: int) -> dict[str, tuple[list[float], list[float]]]:
    """Return the milliseconds of each step, for known and for unknown numbers."""
    free: dict[str, Any] = {
        "limit_phone": "",
        "limit_address": "",
        "limit_total": "",
        "limit_proof": "",
        "proof_codes_daily": 0,
    }
    app = create_app(Settings(data_dir=folder, api_auth="open", log_level="ERROR", **free))
    with app.app_context():
        upgrade()
    services: Services = app.extensions["chatterkeep"]
    services.outgoing._carrier = Dropping()
    client = app.test_client()
    for number in range(count):
        client.post("/chat", json={"phone": f"+1415556{number:04d}", "message": "hello"})
    times: dict[str, tuple[list[float], list[float]]] = {ASKING: ([], []), TYPING: ([], [])}
    for number in range(count):
        for unknown in (0, 1) if number % 2 else (1, 0):
            for step, taken in _probe(client, f"+141555{6 + unknown}{number:04d}").items():
                times[step][unknown].append(taken)
    return times


def mann_whitney(some: list[float], others: list[float]) -> float:
    """Return how likely it is that samples of one kind differ by so much (two-sided; for some dozens of each, and no
    equal values to speak of).
    """
    ranked = sorted([(value, 0) for value in some] + [(value, 1) for value in others])
    ranks = sum(rank for rank, (_, kind) in enumerate(ranked, 1) if kind == 0)
    many, more = len(some), len(others)
    wins = ranks - many * (many + 1) / 2
    spread = sqrt(many * more * (many + more + 1) / 12)
    return 2 * NormalDist().cdf(-abs(wins - many * more / 2) / spread)


def _probe(client: FlaskClient, phone: str) -> dict[str, float]:
    page = client.post("/", data={"phone": phone}).location
    times = [time.perf_counter()]
    attempt = client.post(f"{page}/verify").location
    client.post(f"{attempt}/code")
    times.append(time.perf_counter())
    client.post(attempt, data={"code": "000000"})
    times.append(time.perf_counter())
    asking, typing = ((end - begin) * 1000 for begin, end in pairwise(times))
    return {ASKING: asking, TYPING: typing}


if __name__ == "__main__":
    main()
