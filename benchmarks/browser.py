"""The little of a browser that the benchmarks need: forms, cookies, and what a page pulls in."""

import gzip
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from benchmarks.load import Address

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
Attributes = dict[str, str]


class Markup(HTMLParser):
    """Every element of a page as (tag, attributes), in the order of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, *tags: str) -> list[Attributes]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def value_of(self, element_id: str) -> str:
        for attributes in self.named("input"):
            if attributes.get("id") == element_id:
                return attributes.get("value", "")
        raise LookupError(f'the page has no <input id="{element_id}">')


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> bytes:
        zipped = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.raw) if zipped else self.raw

    @property
    def markup(self) -> Markup:
        return Markup(self.body.decode())

    @property
    def bytes_on_the_wire(self) -> int:
        head = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        return len("HTTP/1.1 200 OK\r\n\r\n") + head + len(self.raw)


@dataclass(slots=True)
class Browser:
    """Remembers cookies and does not follow redirects by itself."""

    address: Address
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {"Accept-Encoding": "gzip"})

    def post(self, path: str, form: dict[str, str]) -> Answer:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{self.address[0]}:{self.address[1]}",
        }
        return self._ask("POST", path, urlencode(form), headers)

    def post_json(self, path: str, body: Mapping[str, str]) -> Answer:
        return self._ask("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        if self.cookies:
            headers["Cookie"] = self.cookie_header
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request(method, path, body, headers | SAME_ORIGIN)
            response = connection.getresponse()
            for line in response.headers.get_all("Set-Cookie") or []:
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name.strip()] = value.strip()
            received = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, received, response.read())
        finally:
            connection.close()
