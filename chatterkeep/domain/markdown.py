"""Markdown, read as CommonMark 0.31 with GitHub's tables and strikethrough: for pages, and for where nothing shows it.

Anybody may have steered a text, so what a parse may cost is bounded.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatterkeep.domain.basis import Basis

MAX_NESTING: Final = 20
"""Levels of quotes and lists; a list within a list is two. A text that goes deeper is shown as it is."""

MAX_EFFORT: Final = 2000
"""What a parse may cost, counted in characters that may be markup, at up to 25 µs each; a link counts as several.

16 KiB of lists, tables and links stay below. What goes above is no prose, and is shown as it is.
"""

_MARKERS: Final = re.compile(r"\*\*?|__?|~~?|[\n\r\[`!<&\\|>#]|[-+=]+|[0-9][.)]")
_LINK_EFFORT: Final = 5

_WOULD_BE_MARKUP: Final = re.compile(
    r"""
    ^(?=\#{1,6}(?:[ \t]|$) | > | \[[^\]\n]*\]: | [-=_*:|][-=_*:|\ \t]*$)  # a heading, a quote, an address, a line
    | (?=`) | (?=~~) | (?<=~)(?=~)                                        # code, what is struck through
    | (?=\*\S) | (?<=\S)(?=\*)                                            # emphasis; unlike a star, a low line
    | (?<![^\W_])(?=_) | (?=_(?![^\W_]))                                  # is none within a word
    | (?<=\])(?=\()                                                       # a link
    | (?=&\#?\w{1,32};)                                                   # a character by its name
    | (?=\\(?:[!-/:-@\[-`{-~\n]|\Z))                                      # a backslash that hides one of these
    """,
    re.MULTILINE | re.VERBOSE,
)


class _Parser(MarkdownIt):
    """A parser that shows an address as it was written, not with its punycode decoded to what it looks like."""

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the name is the parser's
        return link


PARSER: Final = _Parser("commonmark", {"html": False, "breaks": True, "maxNesting": MAX_NESTING}).enable(
    ["table", "strikethrough"]
)
PARSER.render("x")  # builds its lists of rules, which two threads that were the first to ask could find half built


def parse(text: str) -> list[Token] | None:
    """Return the blocks of a text; None where they would cost too much, or are nested too deeply."""
    effort = len(_MARKERS.findall(text)) + _LINK_EFFORT * text.count("](")
    tokens = PARSER.parse(text) if effort <= MAX_EFFORT else None
    return None if tokens is None or any(token.level >= MAX_NESTING - 1 for token in tokens) else tokens


def literal(text: str) -> str:
    """Return Markdown that shows a text as it is. Only what would be markup gets a backslash; lists stay lists."""
    return _WOULD_BE_MARKUP.sub(r"\\", text)


def plain_text(markdown: str) -> str:
    """Return what Markdown says, without its marks: for phones, files of text, and lines of a list."""
    tokens = parse(markdown.encode("utf-8", "replace").decode())
    return markdown if tokens is None else "".join(_blocks(tokens)).strip()


def footnoted(markdown: str, basis: Basis) -> str:
    """Return what an answer says in plain text, and below it the sources that its numbers stand for."""
    notes = [f"[{source.number}] {source.title}" for source in basis.sources]
    return "\n\n".join(filter(None, [plain_text(markdown), "\n".join(notes)]))


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield what the blocks say. Items of a list, and rows of a table, stand on lines next to each other."""
    before = ""
    for kind, text in _leaves(tokens):
        yield ("\n" if kind and kind == before else "\n\n") + text
        before = kind


def _leaves(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Yield each block that holds text, and what it is part of."""
    lists, mark = 0, ""
    cells: list[str] | None = None
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open", "bullet_list_close", "ordered_list_close"):
            lists += token.nesting
        elif token.type == "list_item_open":
            mark = "  " * (lists - 1) + (f"{token.info}{token.markup} " if token.info else "- ")
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            yield "table", " | ".join(cells or ())
            cells = None
        elif token.type in ("inline", "fence", "code_block"):
            text = "".join(_inline(token.children or [])) if token.children else token.content.rstrip("\n")
            if cells is None:
                margin = "  " * lists
                yield "list" if lists else "", (mark or margin) + text.replace("\n", f"\n{margin}")
                mark = ""
            else:
                cells.append(text)


def _inline(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield words as they are read; a link is followed by its address, unless it is its own address."""
    begun: list[str] = []
    words: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            begun, words = [str(token.attrs["href"])], []
            continue
        if token.type == "link_close":
            yield from _addressed("".join(words), begun.pop())
            continue
        text = "\n" if token.type.endswith("break") else token.content
        if token.type == "image":
            text = "".join(_addressed(text, str(token.attrs["src"])))
        if begun:
            words.append(text)
        else:
            yield text


def _addressed(words: str, address: str) -> Iterator[str]:
    yield words
    if words not in (address, address.removeprefix("mailto:")):
        yield f" ({address})" if words else address
