"""Languages of documents and questions: telling one from another, and what a word is in any of its forms.

A language is known by the words that every text of it is full of. Those words say nothing of what a text is about, so
a question is asked without them. Stems are those of Snowball (https://snowballstem.org).
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import snowballstemmer

from chatterkeep.domain.common_words import COMMON
from chatterkeep.domain.words import fold

ENOUGH: Final = 0.08
"""Which part of the words of a text must be common words of a language, for the text to be in it."""

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

_WORDS: Final = {code: frozenset(words.split()) for code, words in COMMON.items()}
_FOLDED: Final = {code: frozenset(map(fold, words)) for code, words in _WORDS.items()}


def guess_language(text: str) -> str:
    """Return the ISO 639-1 code of the language that a text is in; an empty string where none is plain."""
    words = [word.strip(_AROUND).casefold() for word in text[:_SAMPLE].split()]
    words = [word for word in words if word]
    if not words:
        return ""
    counts = Counter({code: sum(word in common for word in words) for code, common in _WORDS.items()})
    (best, most), (_, second) = counts.most_common(2)
    return best if most / len(words) >= ENOUGH and most > second else ""


def is_common(word: str, languages: Iterable[str]) -> bool:
    """Tell whether a folded word says nothing of what a text is about, in one of some languages."""
    return any(word in _FOLDED.get(code, ()) for code in languages)


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
