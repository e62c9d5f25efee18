"""The sentences of a passage that say most about a question."""

import re
from collections.abc import Sequence
from typing import Final

from chatterkeep.domain.languages import LANGUAGES, guess_language
from chatterkeep.domain.ranking import index_terms, question_terms

LONGEST: Final = 600
"""Characters that are quoted at most."""

_SENTENCE: Final = re.compile(r"(?<=[.!?…])[\"'”\u2019»)\]]*\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+")


def quote(passage: str, question: str) -> str:
    """Return up to LONGEST characters of a passage: all of it if it fits, else its sentences about the question.

    They stand in their order, with dots where some were left out. Headings are left out, if anything is below them.
    """
    lines = [line.strip() for line in passage.splitlines() if line.strip()]
    told = [line for line in lines if not _HEADING.match(line)] or [_HEADING.sub("", line) for line in lines]
    whole = "\n".join(told)
    if len(whole) <= LONGEST:
        return whole
    sentences = [part.strip() for part in _SENTENCE.split(whole) if part and part.strip()]
    return _joined(sentences, _chosen(sentences, question, guess_language(passage)))


def _chosen(sentences: Sequence[str], question: str, language: str) -> list[int]:
    asked = {term for terms in question_terms(question, [language] if language else LANGUAGES) for term in terms}
    hits = [len(asked.intersection(index_terms(sentence, language))) for sentence in sentences]
    chosen: list[int] = []
    left = LONGEST
    # the best sentence, then what stands beside it: an answer seldom ends at a full stop
    best = max(range(len(sentences)), key=lambda number: (hits[number], -number))
    for number in sorted(range(len(sentences)), key=lambda number: (number != best, abs(number - best), -number)):
        if len(sentences[number]) + 3 > left:
            if not chosen:
                return [number]
            continue
        left -= len(sentences[number]) + 3
        chosen.append(number)
    return sorted(chosen)


def _joined(sentences: Sequence[str], chosen: Sequence[int]) -> str:
    pieces: list[str] = []
    before = -1
    for number in chosen:
        if number != before + 1:
            pieces.append("…")
        pieces.append(sentences[number])
        before = number
    if before != len(sentences) - 1:
        pieces.append("…")
    text = " ".join(pieces)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
