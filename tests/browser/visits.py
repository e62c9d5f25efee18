"""Opens pages, and watches over what no visitor's browser should ever see."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, ViewportSize

from tests.servers import Server

DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 800}
PHONE: Final[ViewportSize] = {"width": 360, "height": 640}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
STAFF = "/admin"

_NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { console.error(`The page uses ${name}`); return null; } });
"""


class Visits:
    """Opens watched pages, each in a context of its own, as a new visitor has it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._expected: list[re.Pattern[str]] = []
        self._watched: list[tuple[BrowserContext, _Watch]] = []

    def page(self, server: Server, **options: Any) -> Page:
        """Open an empty page. The options are those of a Playwright context: `viewport`, `java_script_enabled` …"""
        wanted = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "UTC", **options}
        context = self._browser.new_context(base_url=server.url, **wanted)
        context.set_default_timeout(60_000)
        context.add_init_script(_NO_STORAGE)
        self._watched.append((context, _Watch(context, server.url)))
        return context.new_page()

    def phone(self, server: Server, **options: Any) -> Page:
        """Open an empty page on a phone, with a touch screen and no mouse."""
        return self.page(server, viewport=PHONE, is_mobile=True, has_touch=True, **options)

    def expect(self, *patterns: str) -> None:
        """Name errors that are meant to happen."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def end(self) -> list[str]:
        """Close every page; return what was wrong in any of them."""
        found = [line for _, watch in self._watched for line in watch.complaints()]
        for context, _ in self._watched:
            context.close()
        return [line for line in found if not any(pattern.search(line) for pattern in self._expected)]


class _Watch:
    """Listens to one visitor's browser."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self._context = context
        self._home = home
        self._lines: list[str] = []
        self._responses: list[Response] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self._lines.append(f"uncaught: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def complaints(self) -> Iterator[str]:
        """Return what was wrong: errors, foreign requests, cookies on public pages."""
        yield from self._lines
        for response in self._responses:
            if not self._is_staff(response.url) and "set-cookie" in response.all_headers():
                yield f"cookie set by {self._path(response.url)}"
        for cookie in self._context.cookies():
            if cookie["path"] != STAFF:
                yield f"cookie {cookie['name']} for {cookie['path']}"

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._lines.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self._home}/", "data:")):
            self._lines.append(f"request to another origin: {request.url}")

    def _response(self, response: Response) -> None:
        self._responses.append(response)

    def _is_staff(self, url: str) -> bool:
        return self._path(url).startswith(STAFF)

    def _path(self, url: str) -> str:
        return urlsplit(url).path
