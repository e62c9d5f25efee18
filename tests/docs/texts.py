"""Reads the pages of the documentation: their fenced blocks, tables and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.source import ROOT

__all__ = ["PAGES", "ROOT", "Block", "blocks", "headings", "links", "name_of", "prose", "rows", "spans"]

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_FENCE = re.compile(r"^```(.*)$")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. Its first line says a language, and after it marks: `sh runnable`."""

    language: str
    marks: tuple[str, ...]
    text: str
    line: int


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    found, opened, inside = [], None, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = _FENCE.match(line)
        if not fence:
            inside.append(line)
        elif opened is None:
            opened, inside = (number, fence[1].split()), []
        else:
            start, words = opened
            found.append(Block(words[0] if words else "", tuple(words[1:]), "\n".join(inside) + "\n", start))
            opened = None
    assert opened is None, f"{name_of(page)} has a block that is never closed"
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def spans(page: Path) -> list[str]:
    """What the prose sets as code."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def headings(page: Path) -> set[str]:
    """The anchors of a page, made as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def rows(page: Path) -> Iterator[list[str]]:
    """The rows of all tables."""
    for line in prose(page).splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
