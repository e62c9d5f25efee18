"""The kinds of people in a crowd, by how they talk: over a WebSocket, with server-sent events, on a page."""

import html
import json
import os
import re
from typing import ClassVar

from benchmarks.crowd import Person
from benchmarks.people import fresh_phones, get, post_form, post_json

_OPENING = '{"customer_name": "Ada", "customer_email": "ada@example.com"}'
_SAME_ORIGIN = "Sec-Fetch-Site: same-origin\r\n"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Streamed(Person):
    """Opens a session first; asks at `/api/v1/chat`, and reads the events of a chunked body."""

    def introduce(self) -> None:
        self.on_data = self._opened
        self.send(post_json("/chat/session", _OPENING))

    def put(self, question: str) -> None:
        self.on_data = self.head_first
        body = json.dumps({"session_id": self.session_id, "message": question})
        self.send(post_json("/api/v1/chat", body, self.authorization))

    def ready(self) -> None:
        """The session is open."""
        self.ask()

    def _opened(self) -> None:
        answer = self.answer()
        if answer is None:
            return
        if answer[0] != 200:
            self.give_up(f"no session: status {answer[0]}")
            return
        told = json.loads(answer[1])
        self.session_id = told["session_id"]
        self.authorization = f"Authorization: Bearer {told['token']}\r\n"
        self.ready()

    def head_first(self) -> None:
        """Pass over the head of a response whose body is streamed."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        if int(self.received[9:12]) != 200:
            self.give_up(f"no stream: status {int(self.received[9:12])}")
            return
        del self.received[: end + 4]
        self._body = bytearray()
        self.on_data = self._streaming
        self._streaming()

    def _streaming(self) -> None:
        """Take whole chunks (RFC 9112, section 7.1) out of what came, and whole events out of those."""
        while (line := self.received.find(b"\r\n")) >= 0:
            size = int(self.received[:line], 16)
            end = line + 2 + size
            if len(self.received) < end + 2:
                break
            self._body += self.received[line + 2 : end]
            del self.received[: end + 2]
            if not size:
                self.on_data = self.fail_on_data
        while (event := self._body.find(b"\n\n")) >= 0:
            fields = bytes(self._body[:event])
            del self._body[: event + 2]
            if (data := fields.find(b"data: ")) >= 0:
                self.take(fields[data + 6 :])

    def take(self, data: bytes) -> None:
        """Understand the data of an event."""
        event = json.loads(data)
        if "error" in event:
            self.give_up(event["error"]["code"])
        elif event["finished"]:
            self.finish(self.text)
        else:  # without a token, the text begins anew
            self.hear(self.text + event["token"] if "token" in event else "")


class Connected(Streamed):
    """Opens a session, then its socket (RFC 6455), on the same connection."""

    def ready(self) -> None:
        self.on_data = self._upgraded
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        key = "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
        self.send(get(f"/ws/{self.session_id}/bench", upgrade + key + self.authorization))

    def put(self, question: str) -> None:
        self._say(_TEXT, json.dumps({"message": question}).encode())

    def _say(self, kind: int, payload: bytes) -> None:
        """Send a frame of fewer than 126 bytes, masked."""
        size, mask = len(payload), os.urandom(4)
        pattern = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload) ^ int.from_bytes(pattern)).to_bytes(size)
        self.send(bytes([0x80 | kind, 0x80 | size]) + mask + masked)

    def _upgraded(self) -> None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        if not self.received.startswith(b"HTTP/1.1 101"):
            self.give_up(f"no socket: status {int(self.received[9:12])}")
            return
        del self.received[: end + 4]
        self.on_data = self._frames
        self.connected()
        self._frames()

    def connected(self) -> None:
        """The socket is open."""
        self.ask()

    def _frames(self) -> None:
        while len(self.received) >= 2:
            size, start = self.received[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self.received[2:start])
            if len(self.received) < start + size:
                return
            kind, payload = self.received[0] & 15, bytes(self.received[start : start + size])
            del self.received[: start + size]
            self._frame(kind, payload)

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == _TEXT:
            self.take(payload)
        elif kind == _PING:
            self._say(_PONG, payload)
        elif kind == _CLOSE:
            self.give_up(f"closed with {int.from_bytes(payload[:2])}")

    def take(self, data: bytes) -> None:
        event = json.loads(data)
        if event["type"] == "chunk":
            self.hear(self.text[: event["offset"]] + event["content"])
        elif event["type"] == "complete":
            self.finish(event["content"])
        elif event["type"] == "restart":
            self.hear("")
        elif event["type"] == "error":
            self.give_up(event["code"])


class OnPage(Person):
    """Gives a number on the first page, asks on the page it leads to, and lets that page poll as it says."""

    phones: ClassVar = fresh_phones()
    _delay = re.compile(r'id="poller"[^>]*hx-trigger="load delay:([0-9.]+)s')
    _cursor = re.compile(r'id="cursor" name="after" value="([^"]*)"')
    _key = re.compile(r'name="key" value="([^"]*)"')
    _growing = re.compile(r'(?:id="r-[^"]*"|hx-swap-oob="innerHTML:#r-[^"]*")>(.*?)</div>', re.DOTALL)
    _said = re.compile(r'class="msg other answer">.*?class="text rich" dir="auto">(.*?)</div>', re.DOTALL)
    _tag = re.compile(r"<[^>]*>")

    def introduce(self) -> None:
        self.on_data = self._started
        self.send(post_form("/", {"phone": next(self.phones)}, _SAME_ORIGIN))

    def put(self, question: str) -> None:
        self.on_data = self._told
        form = {"text": question, "key": self._next_key, "after": self._after}
        self.send(post_form(f"{self._page}/messages", form, f"HX-Request: true\r\n{_SAME_ORIGIN}"))

    def _started(self) -> None:
        if answer := self.answer():
            found = re.search(rb"\r\nlocation: *\S*?(/c/[^\s/]+)", answer[1], re.IGNORECASE)
            if found is None:
                self.give_up(f"no page: status {answer[0]}")
                return
            self._page = found[1].decode()
            self.on_data = self._shown
            self.send(get(self._page, _SAME_ORIGIN))

    def _shown(self) -> None:
        if answer := self.answer():
            self._note(answer[1].decode())
            self.ask()

    def _told(self) -> None:
        answer = self.answer()
        if answer is None:
            return
        if answer[0] != 200:
            self.give_up(f"status {answer[0]}")
            return
        page = answer[1].decode()
        self._note(page)
        if growing := self._growing.search(page):
            self.hear(self._plain(growing[1]))
        if delay := self._delay.search(page):
            self.later(float(delay[1]), self._poll)
        elif said := self._said.search(page):
            self.finish(self._plain(said[1]))
        else:
            self.give_up("a page that neither answers nor asks again")

    def _poll(self) -> None:
        self.requests += 1
        headers = f"HX-Request: true\r\n{_SAME_ORIGIN}"
        self.send(get(f"{self._page}/messages?after={self._after}", headers))

    def _note(self, page: str) -> None:
        self._after = self._cursor.findall(page)[0]
        if key := self._key.search(page):
            self._next_key = key[1]

    def _plain(self, marked: str) -> str:
        return " ".join(html.unescape(self._tag.sub(" ", marked)).split())
