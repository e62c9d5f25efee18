"""What a million stored messages cost: the same loads on a full and on an empty database.

The empty one begins with the tables only; the rounds of turns come first and fill both alike, so
that the staff list has a whole page to show on either side.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.browser import Browser
from benchmarks.compare import Effort, Finding, alternate, say
from benchmarks.load import Measure, drive
from benchmarks.people import Reader, Talker, get
from benchmarks.polls import open_pages, read
from benchmarks.servers import CONNECTIONS, Server, chatterkeep, flask
from benchmarks.spread import connect_evenly
from benchmarks.turns import talk

MESSAGES = 1_000_000
_CONVERSATIONS = 5
LIST = "/admin/conversations"
STAFF = "bench@example.com"
PASSWORD = "a long enough phrase for a bench"  # noqa: S105 - of a database that is thrown away


def findings(folder: Path, effort: Effort, messages: int = MESSAGES) -> list[Finding]:
    for data in (folder / "full", folder / "empty"):
        prepare(data)
    say(f"  filling a database with {messages:,} messages ...")
    flask(folder / "full", "demo", "seed", "--messages", str(messages))
    with chatterkeep(folder / "full") as full, chatterkeep(folder / "empty") as empty:
        return [
            alternate(
                "turns on a full database",
                lambda: talk(full, Talker, effort.seconds),
                lambda: talk(empty, Talker, effort.seconds),
                effort.rounds,
            ).rate_finding(f"turns with {messages:,} messages stored, to none", 0.90),
            *_staff_list(full, empty, effort, messages),
            *_polls(full, empty, effort, messages),
            *_conversations(full, empty, effort, messages),
        ]


def _staff_list(full: Server, empty: Server, effort: Effort, messages: int) -> list[Finding]:
    cookies = {server: logged_in(server).cookie_header for server in (full, empty)}
    rounds = alternate(
        "staff list on a full database",
        lambda: _list(full, _staff(cookies[full]), effort.seconds),
        lambda: _list(empty, _staff(cookies[empty]), effort.seconds),
        effort.rounds,
    )
    return [rounds.rate_finding(f"the staff list with {messages:,} messages, to none", 0.90)]


def _polls(full: Server, empty: Server, effort: Effort, messages: int) -> list[Finding]:
    pages = {server: open_pages(server) for server in (full, empty)}
    rounds = alternate(
        "polls on a full database",
        lambda: read(full, pages[full], effort.seconds),
        lambda: read(empty, pages[empty], effort.seconds),
        effort.rounds,
    )
    return [rounds.rate_finding(f"polls with {messages:,} messages stored, to none", 0.90)]


def _conversations(full: Server, empty: Server, effort: Effort, messages: int) -> list[Finding]:
    """The list of a session's conversations, which tells how many there are in all."""
    paths = {server: f"/api/v1/conversations?limit=4&session_id={opened(server)}" for server in (full, empty)}
    rounds = alternate(
        "a session's conversations on a full database",
        lambda: _list(full, get(paths[full]), effort.seconds),
        lambda: _list(empty, get(paths[empty]), effort.seconds),
        effort.rounds,
    )
    return [rounds.rate_finding(f"a session's conversations with {messages:,} messages stored, to none", 0.90)]


def opened(server: Server) -> str:
    """Open a session with more conversations than a page of the list shows; return its id."""
    browser = Browser(server.address)
    session_id = str(json.loads(browser.post_json("/api/v1/sessions", {}).body)["session"]["id"])
    for number in range(_CONVERSATIONS):
        asked = {"session_id": session_id, "message": f"What about {number}?"}
        if browser.post_json("/api/v1/chat", asked).status != 200:
            raise RuntimeError("no conversation could be begun")
    return session_id


def prepare(data: Path, settings: Mapping[str, str] | None = None) -> None:
    """Keys and tables, which the first start makes, and somebody who may see the staff pages."""
    with chatterkeep(data, settings):
        pass
    flask(data, "admin", "create", STAFF, "--role", "admin", "--password-stdin", typed=PASSWORD, settings=settings)


def _staff(cookie: str) -> bytes:
    return get(LIST, f"Cookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n")


def _list(server: Server, request: bytes, seconds: float) -> Measure:
    readers = [Reader(request, steady=False) for _ in range(CONNECTIONS)]
    return drive(connect_evenly(server, CONNECTIONS), readers, seconds)


def logged_in(server: Server) -> Browser:
    """Fill in whatever form the staff pages ask a stranger for; the browser that holds the cookie they give."""
    browser = Browser(server.address)
    path = browser.get(LIST).headers["location"].partition("?")[0]
    form = {}
    for field in browser.get(path).markup.named("input"):
        typed = {"hidden": field.get("value", ""), "password": PASSWORD}
        form[field["name"]] = typed.get(field.get("type", "text"), STAFF)
    browser.post(path, form)
    if browser.get(LIST).status != 200:
        raise RuntimeError("the staff login did not let us in")
    return browser
