"""Cuts a document into passages: pieces short enough to be read by themselves, with the headings they stand under.

A passage is a slice of the text as it is, so nothing is lost. It ends where a section ends, else where a paragraph or
a sentence does. Only where a section had to be cut does the next passage repeat the last sentence.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Final, NamedTuple

from chatterkeep.domain.words import spans_of

ROOMY: Final = 120
"""Words that a passage should have: with so many it ends at the next paragraph."""

MOST_WORDS: Final = 250
MOST_CHARACTERS: Final = 2400
"""What a passage has at most; a single character of a script without spaces counts as a word."""

_SHORTEST_SECTION: Final = 8
"""Words that a section must have, its heading's among them, for the next heading to begin a passage: else the two share
one. A sentence is enough, as in a list of questions and answers: whoever asks for one thing wants no other quoted."""

_OVERLAP: Final = 40
_LONGEST_HEADING: Final = 200
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*?)[ \t]*#*[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_SENTENCE: Final = re.compile(
    r"(?<=[.!?…])[\"'”\u2019»)\]]*\s+|(?<=[\u3002\uff01\uff1f])|\n(?=[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t])"
)
_BREAK: Final = re.compile(r"\s+")


class Markup(StrEnum):
    """How a document is written: whether lines that begin with `#` are its headings."""

    MARKDOWN = "markdown"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document; `heading` has the headings above it, outermost first, joined by ` > `."""

    heading: str
    text: str


class _Unit(NamedTuple):
    """What is never cut unless it alone is too long: a heading, or a sentence."""

    start: int
    stop: int
    words: int
    level: int = 0
    title: str = ""
    ends_paragraph: bool = False


def split(text: str, markup: Markup) -> list[Passage]:
    """Return the passages of a text, in order. All that can be read is in them, and each is within its bounds."""
    path: list[tuple[int, str]] = []
    passages: list[Passage] = []
    for units in _packed(list(_units(text, markup))):
        begun = _entered(path, list(takewhile(lambda unit: unit.level or not unit.words, units)))
        body = text[units[0].start : units[-1].stop].strip()
        if body:
            passages.append(Passage(" > ".join(title for _, title in begun), body))
        path = _entered(path, units)
    return passages


def rejoined(passages: Iterable[str]) -> str:
    """Return the text that was split into these passages, but for the empty lines between them."""
    whole = ""
    for passage in passages:
        paragraph = whole.rpartition("\n\n")[2]
        last = ([0] + [end for found in _SENTENCE.finditer(paragraph) if (end := found.end()) < len(paragraph)])[-1]
        repeated = paragraph[last:]
        if repeated and passage.startswith(repeated) and passage != repeated:
            whole += passage[len(repeated) :]
        else:
            whole += ("\n\n" if whole else "") + passage
    return whole


def _entered(path: list[tuple[int, str]], units: Sequence[_Unit]) -> list[tuple[int, str]]:
    """Return the headings above what follows some units: a heading ends all that are not above it."""
    for unit in units:
        if unit.level:
            path = [(level, title) for level, title in path if level < unit.level]
            path.append((unit.level, unit.title))
    return path


def _packed(units: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    """Yield the units of each passage."""
    held: list[_Unit] = []
    words = 0
    for unit in units:
        if held and (_is_cut(held, words, unit) or _is_full(held, words, unit)):
            yield held
            last = held[-1]
            repeats = not unit.level and not last.level and last.words <= _OVERLAP and len(held) > 1
            held = [last] if repeats and not _is_full([last], last.words, unit) else []
            words = sum(one.words for one in held)
        held.append(unit)
        words += unit.words
    if held:
        yield held


def _is_cut(held: Sequence[_Unit], words: int, unit: _Unit) -> bool:
    """Tell whether a passage ends before a unit because it is a good place to end."""
    if unit.level:
        return words >= _SHORTEST_SECTION
    return words >= ROOMY and held[-1].ends_paragraph


def _is_full(held: Sequence[_Unit], words: int, unit: _Unit) -> bool:
    return words + unit.words > MOST_WORDS or unit.stop - held[0].start > MOST_CHARACTERS


def _units(text: str, markup: Markup) -> Iterator[_Unit]:
    for start, stop, heading in _paragraphs(text, markup):
        if heading:
            level, title = len(heading[1]), heading[2][:_LONGEST_HEADING]
            cut = list(_sentences(text, start, stop))
            yield cut[0]._replace(level=level, title=title)
            yield from cut[1:]
            continue
        sentences = list(_sentences(text, start, stop))
        yield from sentences[:-1]
        yield sentences[-1]._replace(ends_paragraph=True)


def _paragraphs(text: str, markup: Markup) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Yield where each paragraph begins and ends, and whether it is a heading. Together they are the whole text."""
    start = place = 0
    fence = ""
    for line in text.splitlines(keepends=True):
        heading = None
        if markup is Markup.MARKDOWN:
            found = _FENCE.match(line)
            if found and fence in ("", found[1]):
                fence = "" if fence else found[1]
            heading = None if fence else _HEADING.match(line.rstrip("\r\n"))
        if heading and start < place:
            yield start, place, None
            start = place
        place += len(line)
        if heading or not line.strip():
            yield start, place, heading
            start = place
    if start < len(text):
        yield start, len(text), None


def _sentences(text: str, start: int, stop: int) -> Iterator[_Unit]:
    """Yield the sentences of a paragraph, cut where one alone is too long for a passage."""
    ends = [found.end() for found in _SENTENCE.finditer(text, start, stop)]
    for end in [*(end for end in ends if start < end < stop), stop]:
        yield from _bounded(text, start, end)
        start = end


def _bounded(text: str, start: int, stop: int) -> Iterator[_Unit]:
    while True:
        part = text[start : min(stop, start + MOST_CHARACTERS)]
        words = [begins for begins, _ in spans_of(part)]
        end = start + len(part)
        if len(words) > MOST_WORDS:
            end = start + words[MOST_WORDS]
        elif end < stop and (spaces := [found.end() for found in _BREAK.finditer(part)]):
            end = start + spaces[-1]
        yield _Unit(start, end, sum(start + begins < end for begins in words))
        if end >= stop:
            return
        start = end
