"""Whether time tells a known number from an unknown one: `python -m benchmarks.probing`.

Each of 500 known and 500 unknown numbers, in turn, has a page begin a proof and ask for a code; what is timed are these
two requests, as a client of the application sees them. Nothing here fails: judge the medians, and the gap.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flask.testing import FlaskClient
from flask_migrate import upgrade

from chatterkeep.app import create_app
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings

NUMBERS = 500


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
    for name, found in times.items():
        low, middle, high = quantiles(found, n=4)
        print(f"{name:>8}: median {middle:.2f} ms, half of them within {low:.2f} to {high:.2f} ms, n = {len(found)}")
    print(f"     gap: {abs(median(times['known']) - median(times['unknown'])):.2f} ms between the medians")


def measure(folder: Path, count: int) -> dict[str, list[float]]:
    """Return the milliseconds of each probe."""
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
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(count):
        for name, prefix in (("known", "+1415556"), ("unknown", "+1415557"))[:: 1 if number % 2 else -1]:
            times[name].append(_probe(client, f"{prefix}{number:04d}"))
    return times


def _probe(client: FlaskClient, phone: str) -> float:
    page = client.post("/", data={"phone": phone}).location
    begun = time.perf_counter()
    attempt = client.post(f"{page}/verify").location
    client.post(f"{attempt}/code")
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
