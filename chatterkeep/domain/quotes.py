"""The part of a passage that says most about a question, as Markdown that shows it as the document has it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Final

from chatterkeep.domain.languages import LANGUAGES, guess_language
from chatterkeep.domain.markdown import literal
from chatterkeep.domain.passages import Markup
from chatterkeep.domain.ranking import index_terms, question_terms

LONGEST: Final = 600
"""Characters that are quoted at most."""

_END: Final = r"(?<=[.!?…])[\"'”\u2019»)\]]*\s+|(?<=[\u3002\uff01\uff1f])"
_ENDS: Final = {Markup.MARKDOWN: re.compile(_END), Markup.PLAIN: re.compile(rf"{_END}|\n+")}
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]")
_BELOW_HEAD: Final = re.compile(r"[ \t]*(?=[^|]*\|)[|:-][-:| \t]*$")
_WRAP: Final = re.compile(r"(?<!  )(?<!\\)\n(?=[\w(\[`\"']|\*\*)")
"""Where a line of Markdown was only broken to be no longer."""


@dataclass(frozen=True, slots=True)
class _Block:
    """What stands together: sentences of a paragraph, items of a list, rows of a table below its `head`."""

    pieces: tuple[str, ...]
    head: str = ""
    in_lines: bool = True


def quote(passage: str, question: str, markup: Markup) -> str:
    """Return up to LONGEST characters of a passage: all of it if it fits, else what is about the question.

    Sentences, items and rows stand in their order, with dots where some were left out, and rows below the head of their
    table. Headings are left out, if anything is below them.
    """
    blocks = list(_blocks(passage, markup)) or [_Block((_HEADING.sub("", passage.strip()),))]
    size = sum(len(block.head) + sum(map(len, block.pieces)) + 1 for block in blocks)
    owners = [number for number, block in enumerate(blocks) for _ in block.pieces]
    kept = range(len(owners)) if size <= LONGEST else _chosen(blocks, owners, question, guess_language(passage))
    said = _shown(blocks, frozenset(kept))
    return literal(said) if markup is Markup.PLAIN else said


def _blocks(passage: str, markup: Markup) -> Iterator[_Block]:
    """Yield the blocks of a passage, without its headings."""
    marked = markup is Markup.MARKDOWN
    held: list[str] = []
    fence = ""
    for line in passage.splitlines():
        line = line.rstrip(" \t" if not line.endswith("  ") else "\t") if marked else line.strip()
        opens = _FENCE.match(line) if marked else None
        if fence or opens:
            held.append(line)
        if fence and opens and opens[1] == fence:
            yield _Block(("\n".join(held),))
            held, fence = [], ""
        elif opens and not fence:
            yield from _group(held[:-1], markup)
            held, fence = [line], opens[1]
        elif not fence and (not line.strip() or (marked and _HEADING.match(line))):
            yield from _group(held, markup)
            held = []
        elif not fence:
            held.append(line)
    if fence:
        yield _Block(("\n".join(held),))
    else:
        yield from _group(held, markup)


def _group(lines: Sequence[str], markup: Markup) -> Iterator[_Block]:
    """Yield the blocks of lines between which none is empty: a paragraph, and the table or list that ends it."""
    table = [n for n in range(1, len(lines)) if markup is Markup.MARKDOWN and _BELOW_HEAD.match(lines[n])]
    items = [n for n, line in enumerate(lines) if _ITEM.match(line)]
    begins = table[0] - 1 if table else items[0] if items else len(lines)
    if begins:
        text = "\n".join(lines[:begins])
        text = _WRAP.sub(" ", text) if markup is Markup.MARKDOWN else text
        ends = [0, *(found.end() for found in _ENDS[markup].finditer(text)), len(text)]
        yield _Block(tuple(text[a:b] for a, b in pairwise(ends) if a < b), in_lines=False)
    if table:
        head, rows = lines[begins : begins + 2], lines[begins + 2 :]
        yield _Block(tuple(f"{row}\n" for row in rows) or ("",), "".join(f"{line}\n" for line in head))
    elif items:
        yield _Block(tuple("\n".join(lines[a:b]) + "\n" for a, b in zip(items, [*items[1:], len(lines)], strict=True)))


def _chosen(blocks: Sequence[_Block], owners: Sequence[int], question: str, language: str) -> list[int]:
    """Return the numbers of the pieces to be shown: the best, then what stands beside it, as long as there is room.

    An answer seldom ends at a full stop.
    """
    pieces = [piece for block in blocks for piece in block.pieces]
    asked = {term for terms in question_terms(question, [language] if language else LANGUAGES) for term in terms}
    hits = [len(asked.intersection(index_terms(piece, language))) for piece in pieces]
    best = max(range(len(pieces)), key=lambda number: (hits[number], -number))
    chosen: list[int] = []
    left, begun = LONGEST, set[int]()
    for number in sorted(range(len(pieces)), key=lambda number: (number != best, abs(number - best), -number)):
        owner = owners[number]
        cost = len(pieces[number]) + 3 + (0 if owner in begun else len(blocks[owner].head))
        if chosen and cost > left:
            continue
        left -= cost
        begun.add(owner)
        chosen.append(number)
    return chosen


def _shown(blocks: Sequence[_Block], kept: frozenset[int]) -> str:
    said: list[str] = []
    numbers = count()
    gap = in_lines = False
    for block in blocks:
        words = ""
        for piece, number in zip(block.pieces, numbers, strict=False):
            words += ("…\n" if block.in_lines else "… ") * gap + piece if number in kept else ""
            gap = number not in kept
        if words:
            said.append(block.head + words.rstrip())
            in_lines = block.in_lines
    if gap and said:
        said[-1] += "\n…" if in_lines else " …"
    text = "\n\n".join(said)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
