"""Files that people send: which kinds are taken, what they are called, and whether their bytes are what they say."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from chatterkeep.domain.errors import UnsupportedFile

MAX_FILE: Final = 10 * 1024 * 1024
"""Largest file in bytes."""

MAX_NAME: Final = 100
MAX_EXTRACT: Final = 500_000
"""Longest text in characters that is kept of a file. A prompt never holds more."""

MAX_SHOWN: Final = 20_000
"""Longest text in characters that the answer to an upload shows."""

MAX_TOGETHER: Final = 10
"""How many files one message may hold."""


class FileType(StrEnum):
    """The kinds that are taken, by the ends of their names."""

    TXT = "txt"
    MARKDOWN = "md"
    PDF = "pdf"
    PYTHON = "py"
    JAVASCRIPT = "js"
    JSON = "json"


ACCEPTED: Final = ", ".join(f".{kind}" for kind in FileType)

_DECLARED: Final = {FileType.PDF: frozenset({"application/pdf", "application/x-pdf"})}
_SAYS_NOTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_TEXTUAL: Final = re.compile(
    r"text/(?!html|xml)[\w.+-]+|application/[\w.+-]*(json|javascript|ecmascript|python)[\w.+-]*"
)
_PDF: Final = b"%PDF-"
_HEAD: Final = 1024
# What a browser or a shell would take for something else, however the file is called.
_FOREIGN: Final = re.compile(
    rb"(gif8|%pdf-|%!ps|\{\\rtf|<!doctype|<html|<head|<body|<script|<svg|<\?xml)", re.IGNORECASE
)
_COMMENT: Final = b"<!--"
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NEVER: Final = frozenset('<>:"|?*')


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it is shown: how it is called, its kind, its size in bytes, and since when it is there.

    `at` is the message it hangs on, as (number of the conversation, number of the message); None before it is sent.
    """

    file_id: str
    name: str
    kind: FileType
    size: int
    created_at: datetime
    at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file. `complete` tells whether it is all of it; `pages` is there for documents that have some."""

    text: str
    complete: bool = True
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A file's text for a prompt, hanging on the customer's message number `seq`."""

    seq: int
    name: str
    text: str


def clean_name(given: str) -> str:
    """Return a name to show: its last part, without what misleads eyes, shells and file systems; at most MAX_NAME.

    It never names a file of ours: those have random names.
    """
    last = re.split(r"[/\\]", given.replace("\0", ""))[-1]
    kept = "".join(
        c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C" and c not in _NEVER
    )
    name = " ".join(kept.split()).strip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, end = name.rpartition(".")
    if len(name) > MAX_NAME and dot and len(end) <= 8:
        return f"{stem[: MAX_NAME - len(end) - 1].rstrip()}.{end}"
    return name[:MAX_NAME] or "file"


def type_of(name: str, declared: str) -> FileType:
    """Return the kind of a file by its cleaned name; its declared type must not differ. Raises UnsupportedFile."""
    stem, dot, end = name.rpartition(".")
    try:
        kind = FileType(end.lower()) if dot and stem else None
    except ValueError:
        kind = None
    if kind is None:
        raise UnsupportedFile("Files of this kind are not taken.", ACCEPTED)
    told = declared.partition(";")[0].strip().lower()
    fits = told in _DECLARED[kind] if kind in _DECLARED else _TEXTUAL.fullmatch(told)
    if told not in _SAYS_NOTHING and not fits:
        raise UnsupportedFile(f"The name ends in .{kind}, but the file is said to be another kind.", ACCEPTED)
    return kind


class Content:
    """Looks at the bytes of a file as they come: whether they are what its name says, and what its text begins with."""

    def __init__(self, kind: FileType) -> None:
        self._kind = kind
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")() if kind is not FileType.PDF else None
        self._text: list[str] = []
        self._length = 0

    def take(self, data: bytes) -> None:
        """Look at the next bytes. Raises UnsupportedFile."""
        if len(self._head) < _HEAD:
            head = self._head + data
            self._head = (head if self._kind is FileType.PDF else _past_comments(head))[:_HEAD]
            self._check_head(final=False)
        if self._decoder is None:
            return
        if b"\0" in data:
            raise self._mismatch("it holds NUL bytes, which no text does")
        self._decode(data, final=False)

    def end(self) -> None:
        """Look at the end. Raises UnsupportedFile."""
        self._check_head(final=True)
        if self._decoder is not None:
            self._decode(b"", final=True)

    @property
    def text(self) -> Extract:
        """The text of what is text: its beginning, up to MAX_EXTRACT characters."""
        return extract("".join(self._text), complete=self._length <= MAX_EXTRACT)

    def _check_head(self, *, final: bool) -> None:
        if self._kind is FileType.PDF:
            known = min(len(self._head), len(_PDF))
            if self._head[:known] != _PDF[:known] or (final and known < len(_PDF)):
                raise self._mismatch("it does not begin as a PDF does")
        elif _FOREIGN.match(self._head):
            raise self._mismatch("it begins as another kind of file")

    def _decode(self, data: bytes, *, final: bool) -> None:
        assert self._decoder is not None  # noqa: S101 - text alone is decoded
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError:
            raise self._mismatch("it is not text in UTF-8") from None
        if self._length <= MAX_EXTRACT:
            self._text.append(text[: MAX_EXTRACT + 1 - self._length])
        self._length += len(text)

    def _mismatch(self, why: str) -> UnsupportedFile:
        return UnsupportedFile(f"The name ends in .{self._kind}, but {why}.", ACCEPTED)


def _past_comments(head: bytes) -> bytes:
    """Return what follows blanks and comments of HTML; of a comment that has not ended yet, its two ends."""
    while (head := head.removeprefix(codecs.BOM_UTF8).lstrip()).startswith(_COMMENT):
        end = head.find(b"-->", 2)
        if end < 0:
            return _COMMENT + head[len(_COMMENT) :][-2:]
        head = head[end + 3 :]
    return head


def extract(text: str, *, complete: bool = True, pages: int | None = None) -> Extract:
    """Return a text as it is kept: newlines as `\\n`, no control characters, at most MAX_EXTRACT long."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = _CONTROL.sub("", lines)
    return Extract(kept[:MAX_EXTRACT], complete and len(kept) <= MAX_EXTRACT, pages)


def spoken_size(size: int) -> str:
    """Say a size in bytes in words: `412 bytes`, `3.1 KB`, `10.0 MB`."""
    if size < 1024:
        return f"{size} byte" if size == 1 else f"{size} bytes"
    return f"{size / 1024:.1f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
