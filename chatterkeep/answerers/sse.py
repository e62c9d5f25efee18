"""Reads the data of server-sent events out of a stream of bytes.

Follows section 9.2.6 of the WHATWG HTML standard (https://html.spec.whatwg.org/multipage/server-sent-events.html):
lines end with CR, LF or CRLF, `data` may have several lines, comments and other fields count for nothing, and an
event whose blank line never came is dropped.
"""

from typing import Final

_BOM: Final = b"\xef\xbb\xbf"


class EventTooLong(Exception):
    """An event grew beyond what anybody wants to keep in memory."""


class EventReader:
    """Turns chunks of bytes, cut anywhere, into the data of events. `longest` is what it keeps, in bytes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._kept = 0
        self._after_cr = False
        self._begun = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that this chunk completes, in order. Raises EventTooLong."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_cr = chunk.endswith(b"\r")
        if b"\n" not in chunk and not self._after_cr and b"\r" not in chunk:
            self._keep(self._line, chunk)
            return []
        return self._read(self._whole(chunk))

    def _whole(self, chunk: bytes) -> list[bytes]:
        """The lines that end in this chunk; the beginning of the next is kept."""
        text = b"".join((*self._line, chunk)) if self._line else chunk
        self._kept -= sum(map(len, self._line))
        self._line = []
        lines = text.splitlines()
        if not text.endswith((b"\n", b"\r")):
            self._keep(self._line, lines.pop())
        if lines and not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(_BOM)
        return lines

    def _read(self, lines: list[bytes]) -> list[bytes]:
        events = []
        for line in lines:
            if not line:
                if data := b"\n".join(self._data):
                    events.append(data)
                self._kept -= sum(map(len, self._data))
                self._data = []
            elif line.startswith(b"data:"):
                self._keep(self._data, line[5:].removeprefix(b" "))
        return events

    def _keep(self, place: list[bytes], data: bytes) -> None:
        place.append(data)
        self._kept += len(data)
        if self._kept > self._longest:
            raise EventTooLong
