"""Documents that answers rest on, and what is found in them."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from textwrap import shorten
from typing import Final

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.passages import Markup

MOST_CHARACTERS: Final = 2_000_000
"""Longest document: some 1,000 pages."""

MOST_TITLE: Final = 200
TYPED: Final = "typed"
"""The origin of a document that came from no file."""

_HEADINGS: Final = re.compile(r"\A(?:[ \t]*\n| {0,3}#{1,6}[ \t][^\n]*(?:\n|\Z))+")
_MARKDOWN: Final = (".md", ".markdown")
TEXT_FILES: Final = (*_MARKDOWN, ".txt", ".json", ".py", ".js")
"""How the names of files end that are read."""

_LANGUAGE: Final = re.compile(r"[a-z]{2}", re.ASCII)
_SHORT_TITLE: Final = 80
_READABLE: Final = ("L", "N")


class State(StrEnum):
    """Where a document is on its way: only a ready one is searched."""

    COMING = "coming"
    READY = "ready"
    GOING = "going"


class Result(StrEnum):
    """What became of a document that was to be added."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Text:
    """A document as it comes in, checked. `origin` is the name of its file; the same again replaces what was there."""

    title: str
    origin: str
    text: str
    markup: Markup
    language: str = ""

    @property
    def checksum(self) -> str:
        """What tells whether it is the same document, in hex."""
        return hashlib.sha256("\0".join((self.title, self.markup, self.language, self.text)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is kept; `passages` counts them, `language` is an ISO 639-1 code or empty."""

    id: str
    title: str
    origin: str
    language: str
    characters: int
    passages: int
    added_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A passage of a document, where it stands there."""

    id: str
    number: int
    heading: str
    text: str
    document_id: str
    title: str
    markup: Markup

    @property
    def label(self) -> str:
        """What it is called as a source: the title, and the heading it stands under."""
        last = self.heading.rpartition(" > ")[2]
        return f"{self.title} > {last}" if last and last.casefold() != self.title.casefold() else self.title

    @property
    def section(self) -> str:
        """The headings that it stands under, without one that only says the title again."""
        first, *below = self.heading.split(" > ")
        return " > ".join(below) if first.casefold() == self.title.casefold() else self.heading

    @property
    def body(self) -> str:
        """Its text below the headings that it begins with, if there is any."""
        return (self.markup is Markup.MARKDOWN and _HEADINGS.sub("", self.text)) or self.text


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that fits a question: its score, and how much of the question it holds (0 to 1).

    `similarity` tells how close they are in meaning (-1 to 1); 0 where that is not known.
    """

    place: Place
    score: float
    cover: float
    similarity: float = 0.0


def make_text(title: str, origin: str, text: str, markup: Markup, language: str = "") -> Text:
    """Return a document that can be kept. Raises InvalidInput for one without words, and for one too long."""
    text = readable(text)
    title = " ".join(readable(title).split())[:MOST_TITLE]
    if not title:
        raise InvalidInput("title", "A document needs a title.", "Opening hours")
    if len(text) > MOST_CHARACTERS:
        problem = f"This document has {len(text):,} characters; at most {MOST_CHARACTERS:,} are allowed."
        raise InvalidInput("text", problem, "Split it into parts.")
    if language and not _LANGUAGE.fullmatch(language):
        raise InvalidInput("language", "A language is told by two letters (ISO 639-1).", "de")
    if not any(unicodedata.category(c)[0] in _READABLE for c in text):
        raise InvalidInput("text", "This document holds no words.", "We are open from 9 to 18.")
    return Text(title, " ".join(readable(origin).split())[-255:] or TYPED, text, markup, language)


def read_file(name: str, content: bytes, title: str = "", language: str = "") -> Text:
    """Return the document that a file holds. Raises InvalidInput for what is no text, as `make_text` does."""
    _, dot, last = name.lower().rpartition("/")[2].rpartition(".")
    ending = dot + last if dot else ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or ending not in ("", *TEXT_FILES):
        problem = f"Only text ({', '.join(TEXT_FILES)}), in UTF-8, can be read."
        raise InvalidInput("file", f"{problem} Turn other files, such as a PDF, into text first.", "opening-hours.md")
    markup = Markup.MARKDOWN if ending in (*_MARKDOWN, "") else Markup.PLAIN
    return make_text(title or title_of(text, name), name or TYPED, text, markup, language)


def readable(text: str) -> str:
    """Return a text in NFC, with newlines as `\\n`, and without what no database keeps or nobody sees."""
    text = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if text.isascii() and text.isprintable():
        return text
    kept = (c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(kept)


def title_of(text: str, origin: str) -> str:
    """Return a title for a document that has none: its first heading, its file's name, or its first line."""
    first = next(iter(text.lstrip("\ufeff").lstrip().splitlines()), "")
    if first.startswith("#") and (title := first.strip("# \t")):
        return title
    if origin in ("", TYPED):
        return shorten(first, _SHORT_TITLE, placeholder=" …")
    stem = origin.rpartition("/")[2].rpartition(".")[0] or origin
    return stem.replace("_", " ").replace("-", " ").strip()
