"""Divides what is too long for one text message."""

import re
from typing import Final

_ENDS: Final = (re.compile(r"\n+"), re.compile(r"(?<=[.!?…]) +"), re.compile(r" +"))
_MARK: Final = len("(99/99) ")


def divide(text: str, limit: int) -> list[str]:
    """Return a text in parts of at most `limit` characters, each with its number, such as `(1/3) `, if there are more.

    A part ends with a line, else with a sentence, else with a word, wherever that leaves it at least half full.
    """
    if len(text) <= limit:
        return [text]
    parts = []
    while text:
        cut = _cut(text, limit - _MARK)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [f"({number}/{len(parts)}) {part}" for number, part in enumerate(parts, 1)]


def _cut(text: str, limit: int) -> int:
    if len(text) <= limit:
        return len(text)
    for end in _ENDS:
        found = [one.end() for one in end.finditer(text, 0, limit) if one.end() >= limit // 2]
        if found:
            return found[-1]
    return limit
