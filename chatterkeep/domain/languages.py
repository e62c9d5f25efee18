"""Languages of documents and questions: telling one from another, and what a word is in any of its forms.

A language is known by the words that every text of it is full of. Those words say nothing of what a text is about, so
a question is asked without them. Stems are those of Snowball (https://snowballstem.org).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import snowballstemmer

from chatterkeep.domain.common_words import COMMON
from chatterkeep.domain.words import fold

ENOUGH: Final = 0.08
"""Which part of the words of a text must be common words of a language, for the text to be in it."""

_SHORT: Final = 40
"""Words up to which a text may have too few common ones to tell its language."""

_SAMPLE: Final = 2000
"""Characters that a language is told by."""

_LONGEST: Final = 48
"""Characters of a word that are looked at."""

_AROUND: Final = ".,;:!?()\"'*#_-\u00ab\u00bb\u201e\u201c\u201d\u00bf\u00a1"

_STEMMERS: Final = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
LANGUAGES: Final = tuple(_STEMMERS)
"""ISO 639-1 codes of the languages whose word forms are known."""

NAMES: Final = {code: name.capitalize() for code, name in sorted(_STEMMERS.items(), key=lambda item: item[1])}
"""What these languages are called."""

_PLURALS: Final = {
    "en": (
        "bus buse, gas gase, lens len, child children, man men, woman women, person people, foot feet, tooth teeth, "
        "mouse mice, goos gees, knife knive, life live, wife wive, leaf leav, shelf shelv, half halv, loaf loav"
    ),
}
"""Stems that are one word, though the stemmer does not know."""

_PAIRS: Final = [(code, *pair.split()) for code, pairs in _PLURALS.items() for pair in pairs.split(",")]
_SAME: Final = {(code, one): (other,) for code, *pair in _PAIRS for one, other in (pair, pair[::-1])}

_WORDS: Final = {code: frozenset(words.split()) for code, words in COMMON.items()}
_FOLDED: Final = {code: frozenset(map(fold, words)) for code, words in _WORDS.items()}


def guess_language(text: str) -> str:
    """Return the ISO 639-1 code of the language that a text is in; an empty string where none is plain."""
    words = _sample(text)
    likely = _likeliest(words)
    return likely[0] if len(likely) == 1 else ""


def language_among(text: str, others: Sequence[str]) -> str:
    """Return the language of a text that stands among others, in their languages, the commonest first.

    One too short to be told is taken to be in one of theirs, else in English, if it is written in Latin letters.
    """
    words = _sample(text)
    likely = _likeliest(words)
    if len(likely) == 1 or len(words) > _SHORT or sum(word[0].isascii() for word in words) * 2 <= len(words):
        return likely[0] if len(likely) == 1 else ""
    return next((code for code in (*others[:1], "en", *others[1:]) if code in likely or not likely), "")


def _sample(text: str) -> list[str]:
    words = (word.strip(_AROUND).casefold() for word in text[:_SAMPLE].split())
    return [word for word in words if word]


def _likeliest(words: Sequence[str]) -> list[str]:
    """Return the languages that most of the words are common in; none where those are too few."""
    counts = {code: sum(word in common for word in words) for code, common in _WORDS.items()}
    most = max(counts.values())
    return [code for code, count in counts.items() if count == most] if words and most / len(words) >= ENOUGH else []


def is_common(word: str, languages: Iterable[str]) -> bool:
    """Tell whether a folded word says nothing of what a text is about, in one of some languages."""
    return any(word in _FOLDED.get(code, ()) for code in languages)


def forms(word: str, language: str) -> tuple[str, ...]:
    """Return what a word of a question may stand in an index as: its stems, and those that are the same word."""
    found = stems(word, language)
    return tuple(dict.fromkeys([*found, *(other for stem in found for other in _SAME.get((language, stem), ()))]))


@lru_cache(maxsize=65_536)
def stems(word: str, language: str) -> tuple[str, ...]:
    """Return what a word is found by, whatever its form: mostly one stem, folded as `domain.words` folds.

    There are two where accents change the stem, so that whoever types without them finds it too. A word of a language
    that is not known is its own stem.
    """
    plain = fold(word)[:_LONGEST]
    algorithm = _STEMMERS.get(language)
    if algorithm is None or plain.isdecimal():
        return (plain,)
    # a stemmer keeps the word it works on, so each call has one of its own
    stemmer = snowballstemmer.stemmer(algorithm)
    spellings = dict.fromkeys((word.casefold()[:_LONGEST], plain))
    found = dict.fromkeys(fold(stemmer.stemWord(spelling)) for spelling in spellings)
    return tuple(filter(None, found)) or (plain,)
