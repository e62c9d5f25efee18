"""A page's poll when nothing is new, against the bare Flask route that echoes JSON; and the polls of one reply."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.browser import Browser
from benchmarks.channels import OnPage
from benchmarks.compare import Effort, Finding, alternate
from benchmarks.crowd import Manner, gather
from benchmarks.load import Measure, drive
from benchmarks.people import Echoed, Reader, fresh_phones, get
from benchmarks.servers import CONNECTIONS, Server, bare_server, chatterkeep, language_model
from benchmarks.spread import connect_evenly
from benchmarks.streams import talking_to
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
    return [
        rounds.rate_finding("polls a second with no news, to a bare JSON echo", at_least=0.60),
        _during_a_reply(folder),
    ]


def _during_a_reply(folder: Path) -> Finding:
    """A reply that takes six seconds, on one page at a time, which asks again as its server says."""
    pace = ("--first", "0.3", "--between", "0.285", "--tokens", "20")
    with language_model(folder, *pace) as model, chatterkeep(folder / "replies", talking_to(model)) as app:
        tally = gather(OnPage, app.address, Manner(people=1, within=0, questions=3))
    most = max(tally.requests, default=0)
    return Finding(
        "polls of a page during a reply of 6 s",
        str(most) + (f", {tally.faults.total()} wrong answers" if tally.faults else ""),
        "at most 8",
        0 < most <= 8 and tally.answered == 1,
        f"replies: {', '.join(map(str, tally.requests))}",
    )


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
