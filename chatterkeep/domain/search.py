"""What staff search for, and what they find.

A query is words, which must all occur; words in quotes, which must stand side by side in this order; and either with
a minus in front, which must not occur. Nothing else has a meaning of its own. What is more than one word to a computer
but none to a person, like "e-mail" or "東京都", is taken as if it were in quotes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chatterkeep.domain.conversation import Status
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.inbox import Who
from chatterkeep.domain.messages import Author, Kind, clean_text
from chatterkeep.domain.words import Word, terms_of_phrase, words_of

LONGEST_QUERY: Final = 200
"""In characters."""

EXAMPLE: Final = '"favorite song" marmalade -skies'

_PART: Final = re.compile(r'(?<!\S)(-?)"(.*?)(?:"(?!\w)|\Z)|(\S+)', re.DOTALL)
_QUOTES: Final = str.maketrans("“”„‟«»", '""""""')

Phrase = tuple[str, ...]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: folded words, those of a phrase side by side. Its repr never shows them."""

    wanted: tuple[Phrase, ...]
    unwanted: tuple[Phrase, ...] = ()

    def __repr__(self) -> str:
        return f"Query({len(self.wanted)} wanted, {len(self.unwanted)} unwanted)"

    @property
    def terms(self) -> set[str]:
        """What the index must hold of a message."""
        return set().union(*map(terms_of_phrase, self.wanted))

    @property
    def refused_terms(self) -> set[str]:
        """What the index must not hold of a message. Of several words it may hold each: they may stand apart."""
        return {phrase[0] for phrase in self.unwanted if len(phrase) == 1}

    def spans(self, text: str) -> tuple[Span, ...] | None:
        """Return where a text has what is wanted, in order; None if it lacks any of it, or has what is not wanted."""
        words = words_of(text)
        if any(next(_places(words, phrase), None) for phrase in self.unwanted):
            return None
        found: set[Span] = set()
        for phrase in self.wanted:
            places = set(_places(words, phrase))
            if not places:
                return None
            found |= places
        return tuple(_merged(sorted(found)))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in what is found, newest first: a message, by its time, its conversation's row and its number."""

    at: datetime
    row: int
    seq: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A message in which all that was searched for occurs, at `spans` of its text."""

    mark: Mark
    conversation_id: str
    who: Who
    author: Author
    kind: Kind
    state: str
    status: Status
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """A part of what is found, newest first. `following` is where to go on, None where there is nothing older.

    `whole` is False where this part ends because enough was looked through, not because enough was found.
    """

    hits: tuple[Hit, ...]
    following: Mark | None
    whole: bool = True


def read_query(typed: str) -> Query:
    """Return what somebody searches for. Raises InvalidInput, with the reason, where it has no word to look for."""
    text = clean_text(typed, "q", LONGEST_QUERY).translate(_QUOTES)
    wanted: dict[Phrase, None] = {}
    unwanted: dict[Phrase, None] = {}
    for found in _PART.finditer(text):
        minus, quoted, bare = found.groups()
        is_unwanted = minus == "-" or (bare or "").startswith("-")
        if phrase := tuple(word.text for word in words_of(bare if quoted is None else quoted)):
            (unwanted if is_unwanted else wanted)[phrase] = None
    if not wanted and unwanted:
        raise InvalidInput("q", "This says only what must not occur: add a word that must.", EXAMPLE)
    if not wanted:
        raise InvalidInput("q", "There is no word in this to search for, only signs and spaces.", EXAMPLE)
    return Query(tuple(wanted), tuple(unwanted))


def _places(words: Sequence[Word], phrase: Phrase) -> Iterator[Span]:
    """Where these stand side by side, whatever signs and spaces are between them."""
    size = len(phrase)
    for place in range(len(words) - size + 1):
        if words[place].text == phrase[0] and all(words[place + i].text == phrase[i] for i in range(1, size)):
            yield words[place].start, words[place + size - 1].stop


def _merged(spans: Sequence[Span]) -> Iterator[Span]:
    """Those that overlap or touch become one."""
    begun: Span | None = None
    for start, stop in spans:
        if begun and start <= begun[1]:
            begun = (begun[0], max(begun[1], stop))
        else:
            if begun:
                yield begun
            begun = (start, stop)
    if begun:
        yield begun
