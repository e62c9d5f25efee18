"""How well a passage fits a question: Okapi BM25 over the stems of its words, and how much of the question it holds.

A word of the question is a set of stems, one for each language that it may be in; whichever of them a passage has most
often counts. BM25 is that of Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
with the usual k1 and b, and with a logarithm that is never negative, as Lucene has it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from chatterkeep.domain.languages import forms, is_common, stems
from chatterkeep.domain.words import VERSION as WORDS_VERSION
from chatterkeep.domain.words import Word, are_dense, fold, words_of

K1: Final = 1.2
B: Final = 0.75

VERSION: Final = f"1-{WORDS_VERSION}"
"""Changes with the terms that a text is found by: what was indexed under another version must be indexed anew."""

MOST_WORDS: Final = 24
"""Different words of a question that are looked for: the rarest."""

_NOWHERE: Final = 0.5
"""In how many passages a word is taken to be that is in none: among few passages, it must not outweigh all others."""

_FEW: Final = 100
"""Passages that there are taken to be at least: among few, how rare a word is tells little."""

_OFTEN: Final = math.log(10)
"""What a word weighs that is in every tenth passage."""

_DEBRIS: Final = 0.3
"""How much less a number weighs that is nowhere, and two characters that stand together nowhere: mostly the end of one
word and the beginning of the next."""

_PAIRED: Final = 4
_JOINED: Final = "_"
"""Stands between two characters of a script without spaces: no word holds it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the index holds altogether: passages, and words on average in one."""

    passages: int
    average: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word of a question: the terms that it may stand in the index as, and in how many passages one of them is."""

    terms: tuple[str, ...]
    passages: int

    def weight(self, counts: Counts) -> float:
        """Return how much the word tells: the fewer passages have it, the more (the inverse document frequency)."""
        found = self.passages or _NOWHERE
        weight = math.log1p((max(counts.passages, _FEW) - found + 0.5) / (found + 0.5))
        return weight if self.passages or not self._is_debris else weight * _DEBRIS

    @property
    def _is_debris(self) -> bool:
        term = self.terms[0]
        return _JOINED in term or term.isdecimal()


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a passage fits: its score, by which passages are put in order, and how much of the question it holds.

    `cover` is between 0 and 1: the weight of the words that it has, as a part of the weight of all that are asked.
    """

    score: float
    cover: float


def index_terms(text: str, language: str) -> list[str]:
    """Return the terms that a text is found by, as often as they are in it."""
    words = words_of(text)
    terms = [term for word in words for term in stems(_spelled(text, word), language)]
    return terms + [_JOINED.join(pair) for pair in pairwise(word.text for word in words) if are_dense(*pair)]


def question_terms(question: str, languages: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the words of a question, each as the terms that it may be in the index as; common words are left out."""
    languages = tuple(languages)
    words = words_of(question)
    if not words:
        return []
    dense = [are_dense(first.text, second.text) for first, second in pairwise(words)]
    found: dict[str, tuple[str, ...]] = {}
    for word, before, after in zip(words, [False, *dense], [*dense, False], strict=True):
        if not (before or after or is_common(word.text, languages)):
            spelled = _spelled(question, word)
            found[word.text] = tuple(dict.fromkeys(term for code in ("", *languages) for term in forms(spelled, code)))
    for (first, second), paired in zip(pairwise(words), dense, strict=True):
        if paired:
            term = _JOINED.join((first.text, second.text))
            found[term] = (term,)
    return list(found.values())


def _spelled(text: str, word: Word) -> str:
    """Return a word with its accents, where it is a whole one in the text."""
    spelled = text[word.start : word.stop]
    return spelled if fold(spelled) == word.text else word.text


def fit(wanted: Sequence[Wanted], counts: Counts, terms: Mapping[str, int], length: int) -> Fit:
    """Return how well a passage fits that has these terms so often, and so many words."""
    norm = K1 * (1 - B + B * length / counts.average) if counts.average else K1
    score = covered = asked = 0.0
    most = _most_of_unknown(wanted, counts)
    for word in wanted:
        weight = word.weight(counts) if word.passages else min(word.weight(counts), most)
        asked += weight
        often = max((terms.get(term, 0) for term in word.terms), default=0)
        if often:
            covered += weight
            score += weight * often * (K1 + 1) / (often + norm)
    return Fit(score, covered / asked if asked else 0.0)


def _most_of_unknown(wanted: Sequence[Wanted], counts: Counts) -> float:
    """Return what a word of a question weighs at most that is in no passage: as much as those that are in some.

    Of two words, one is then enough to answer. But where all the others are almost everywhere, they do not tell what
    the question is about.
    """
    known = [word.weight(counts) for word in wanted if word.passages]
    return max(sum(known) / len(known), _OFTEN) if known else math.inf


Clause = Sequence[tuple[str, ...]]
"""Passages that have one of the terms of each of these sets."""


def clauses_of(wanted: Sequence[Wanted], most: int) -> list[Clause]:
    """Return what an index is asked for: passages that satisfy one of the clauses, about `most` or fewer.

    The rarest words are each enough by themselves, as long as so few passages have them. The others are in too many:
    of those, two must be together.
    """
    rare: list[Wanted] = []
    often: list[Wanted] = []
    left = most
    for word in sorted((word for word in wanted if word.passages), key=lambda word: word.passages):
        left -= word.passages
        (rare if left >= 0 else often).append(word)
    together = often[:_PAIRED]
    clauses: list[Clause] = [(word.terms,) for word in rare]
    clauses += [(first.terms, second.terms) for first, second in combinations(together, 2)]
    return clauses or [(word.terms,) for word in together]
