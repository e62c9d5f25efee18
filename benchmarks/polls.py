"""A page's poll when there is nothing new, against the bare Flask route that echoes JSON."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.browser import Browser
from benchmarks.compare import Effort, Finding, alternate
from benchmarks.load import Measure, drive
from benchmarks.people import Echoed, Reader, fresh_phones, get
from benchmarks.servers import CONNECTIONS, Server, bare_server, chatterkeep
from benchmarks.spread import connect_evenly
from benchmarks.turns import talk


def findings(folder: Path, effort: Effort) -> list[Finding]:
    with bare_server(folder / "bare") as bare, chatterkeep(folder / "polls") as app:
        pages = open_pages(app)
        rounds = alternate(
            "polls",
            lambda: read(app, pages, effort.seconds),
            lambda: talk(bare, Echoed, effort.seconds),
            effort.rounds,
        )
    return [rounds.rate_finding("polls a second with no news, to a bare JSON echo", at_least=0.60)]


def open_pages(server: Server) -> list[bytes]:
    """The polls of as many pages as there are connections, each of a new conversation."""
    phones = fresh_phones()
    return [_open_page(server, phones) for _ in range(CONNECTIONS)]


def read(server: Server, requests: list[bytes], seconds: float) -> Measure:
    readers = [Reader(request) for request in requests]
    return drive(connect_evenly(server, CONNECTIONS), readers, seconds)


def _open_page(server: Server, phones: Iterator[str]) -> bytes:
    browser = Browser(server.address)
    started = browser.post("/", {"phone": next(phones)})
    page = started.headers.get("location", "")
    if started.status != 303 or "/c/" not in page:
        raise RuntimeError(f"the start page answered {started.status}, not a 303 to /c/…")
    path = page[page.index("/c/") :]
    cursor = browser.get(path).markup.value_of("cursor")
    return get(f"{path}/messages?after={cursor}", "HX-Request: true\r\nSec-Fetch-Site: same-origin\r\n")
