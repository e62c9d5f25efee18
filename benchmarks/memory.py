"""What a worker holds when it rests, and what the first page of a visitor weighs."""

import re
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from benchmarks.browser import Answer, Attributes, Browser, Markup
from benchmarks.compare import Effort, Finding, say
from benchmarks.people import Talker
from benchmarks.servers import Server, chatterkeep
from benchmarks.turns import talk

MIB = 1024 * 1024
REST_SECONDS = 5
_CSS_ADDRESS = re.compile(r"""url\(\s*['"]?([^'")]+)""")


def findings(folder: Path, effort: Effort) -> list[Finding]:
    with chatterkeep(folder / "memory") as server:
        landing = _landing_page(server)
        talk(server, Talker, effort.seconds)
        time.sleep(REST_SECONDS)
        return [_memory(server), *landing]


def _memory(server: Server) -> Finding:
    """After a load, not before: a rest that counts is the one between two rushes."""
    measured = [sizes(worker) for worker in server.workers]
    largest = max(rss for rss, _ in measured) / MIB
    detail = ", ".join(f"{rss / MIB:.0f} MB (its own share {pss / MIB:.0f})" for rss, pss in measured)
    return Finding("memory of a worker at rest", f"{largest:.0f} MB", "at most 120 MB", largest <= 120, detail)


def sizes(process: int) -> tuple[int, int]:
    """(RSS, PSS) in bytes."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    found = {name: int(rest.split()[0]) * 1024 for name, rest in (x.split(":", 1) for x in lines)}
    return found["Rss"], found["Pss"]


def _landing_page(server: Server) -> list[Finding]:
    answers = _visit(Browser(server.address), "/")
    weight = sum(answer.bytes_on_the_wire for answer in answers.values())
    detail = ", ".join(f"{path} {answer.bytes_on_the_wire:,}" for path, answer in answers.items())
    say(f"  landing page: {detail}")
    return [
        Finding(
            "landing page on the wire, headers and all",
            f"{weight / 1024:.1f} KB",
            "at most 30 KB",
            weight <= 30 * 1024 and all(answer.status == 200 for answer in answers.values()),
            f"{len(answers)} answers",
        ),
        Finding(
            "requests of the landing page",
            str(len(answers)),
            "at most 4",
            len(answers) <= 4,
            ", ".join(sorted(urlsplit(path).path.rsplit("/")[-1] or "/" for path in answers)),
        ),
    ]


def _visit(browser: Browser, path: str) -> dict[str, Answer]:
    """The page and all that a browser fetches with it, the icon included."""
    page = browser.get(path)
    answers = {path: page}
    wanted = [urljoin(path, address) for address in _addresses(page.markup)]
    while wanted:
        address = wanted.pop(0)
        if address in answers or address.startswith("data:"):
            continue
        answers[address] = found = browser.get(address)
        if found.headers.get("content-type", "").startswith("text/css"):
            inner = _CSS_ADDRESS.findall(found.body.decode())
            wanted += [urljoin(address, each) for each in inner if not each.startswith("data:")]
    return answers


def _addresses(page: Markup) -> list[str]:
    fetched = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
    links = [link for link in page.named("link") if fetched & _relations(link)]
    sources = [element["src"] for element in page.named("script", "img") if element.get("src")]
    icon = [] if any("icon" in _relations(link) for link in links) else ["/favicon.ico"]
    return [link["href"] for link in links] + sources + icon


def _relations(link: Attributes) -> set[str]:
    return set(link.get("rel", "").split())
