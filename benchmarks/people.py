"""Those who talk in the benchmarks: each over one connection, knowing what it should hear."""

import itertools
import json
import secrets
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

AREAS = (202, 206, 212, 303, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 718, 816)
"""North American area codes in use, so that every number made from them is a valid one."""


def fresh_phones() -> Iterator[str]:
    """Numbers nobody has written from before, in E.164, beginning anywhere among 90 million."""
    exchanges = [number for number in range(220, 990) if number % 100 != 11 and number != 555]
    lines = len(AREAS) * len(exchanges) * 10_000
    for number in itertools.count(secrets.randbelow(lines)):
        rest, line = divmod(number % lines, 10_000)
        area, exchange = divmod(rest, len(exchanges))
        yield f"+1{AREAS[area]}{exchanges[exchange]}{line:04}"


def post_json(path: str, body: str, headers: str = "") -> bytes:
    return _post(path, body, f"Content-Type: application/json\r\n{headers}")


def post_form(path: str, form: Mapping[str, str], headers: str = "") -> bytes:
    return _post(path, urlencode(form), f"Content-Type: application/x-www-form-urlencoded\r\n{headers}")


def get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()


def _post(path: str, body: str, headers: str) -> bytes:
    payload = body.encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}"
    return f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload


class Talker:
    """Conversation after conversation of four steps, each from a phone of its own."""

    path = "/chat"
    field = "reply"

    def __init__(self, phones: Iterator[str]) -> None:
        self._phones = phones
        self._steps: Iterator[tuple[str, str]] = iter(())
        self._phone = ""
        self._expected = ""

    def request(self) -> bytes:
        step = next(self._steps, None)
        if step is None:
            self._phone = next(self._phones)
            self._steps = iter(_conversation(self._phone[-4:]))
            step = next(self._steps)
        message, reply = step
        self._expected = self.hears(message, reply)
        delivery = secrets.token_hex(12)
        return post_json(self.path, f'{{"phone": "{self._phone}", "message": "{message}", "id": "{delivery}"}}')

    def hears(self, message: str, reply: str) -> str:
        return reply

    def fault(self, status: int, body: bytes) -> str | None:
        if status != 200:
            return f"status {status}"
        if json.loads(body).get(self.field) != self._expected:
            return "wrong words"
        return None


class Echoed(Talker):
    """The same messages to the bare route, which says them back."""

    path = "/echo"
    field = "message"

    def hears(self, message: str, reply: str) -> str:
        return message


def _conversation(mark: str) -> tuple[tuple[str, str], ...]:
    """What is said and what is answered; the mark makes an answer to somebody else's words show."""
    name, song = f"Ada {mark}", f"Yesterday {mark}"
    return (
        ("hello", "What is your name?"),
        (name, f"Hello {name}, what is your favorite song?"),
        (song, f"Playing {song}"),
        ("anything", "Thank you for using the chatbot!"),
    )


class Reader:
    """Asks the same address again and again; a steady one gets the same answer each time."""

    def __init__(self, request: bytes, *, steady: bool = True) -> None:
        self._request = request
        self._steady = steady
        self._first: tuple[int, int] | None = None

    def request(self) -> bytes:
        return self._request

    def fault(self, status: int, body: bytes) -> str | None:
        if not 200 <= status < 300:
            return f"status {status}"
        self._first = self._first or (status, len(body))
        if self._steady and self._first != (status, len(body)):
            return "another answer than before"
        return None
