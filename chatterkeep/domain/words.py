"""Cuts texts into the words by which they are found.

Words are those of Unicode's default word boundaries (UAX #29), cut once more at the apostrophes, full stops and
underscores that those leave inside, so that "l'eau", "example.com" and "snake_case" are found by each of their parts.
Scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese), and Korean, whose particles
stick to their nouns, are cut into single characters; the index holds them and each pair of neighbours. An emoji is a
word.

Case, width, and accents of Latin, Greek and Cyrillic letters make no difference, nor do vowel points of Arabic and
Hebrew, digits of whatever script, and characters that nobody sees. The marks of all other scripts are letters of
theirs, and stay.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import regex

VERSION: Final = f"2-{unicodedata.unidata_version}"
"""Changes with the words that a text is cut into: what was indexed under another version must be indexed anew."""

_DENSE_SCRIPTS: Final = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc\uff70\u3031-\u3035"
)
_BOUNDARY: Final = regex.compile(r"(?wV1)\b")
_EMOJI: Final = regex.compile(r"(?V1)[\p{Extended_Pictographic}\p{Regional_Indicator}]")
_PIECE: Final = regex.compile(
    rf"(?V1)[{_DENSE_SCRIPTS}][\p{{M}}\p{{Cf}}\uff9e\uff9f]*"
    rf"|[\p{{M}}\p{{Cf}}]*[[\p{{L}}\p{{N}}]--[{_DENSE_SCRIPTS}]][[\p{{L}}\p{{N}}\p{{M}}\p{{Cf}}]--[{_DENSE_SCRIPTS}]]*"
)
_FOLDED: Final = regex.compile(r"(?V1)[\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]+")
_PLAIN: Final = regex.compile(r"[A-Za-z0-9]+")
_DENSE: Final = regex.compile(rf"(?V1)[{_DENSE_SCRIPTS}]")
_DROPPED: Final = regex.compile(
    r"(?V1)(?<![\u0438\u0443])\u0306|[[\u0300-\u036f]--\u0306]"  # the breve of й and ў makes another letter
    r"|[\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
    r"|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
    r"|[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"
    r"|[\p{Cf}\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
_DIGIT: Final = regex.compile(r"(?V1)[\p{Nd}--[0-9]]")
_ALIKE: Final = str.maketrans(
    dict(zip("øłđħŧ\u0131ð", "oldhtid", strict=True))
    | {"þ": "th", "æ": "ae", "œ": "oe"}
    | {"\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9", "\u0629": "\u0647"}
)
"""Letters that decompose into nothing: Latin ones with a stroke or tied together; Arabic ones that keyboards mix up."""

_UNIFIED: Final = (
    ("\u200b", "\u2060"),
    ("\u0e4d\u0e32", "\u0e33\u2060"),
    ("\u0ecd\u0eb2", "\u0eb3\u2060"),
)
"""Spellings, and what takes their place; the word joiner (U+2060) is dropped with all that nobody sees."""

_PAIRED: Final = "\x01"


class Word(NamedTuple):
    """A word of a text, folded, and where it stands there."""

    text: str
    start: int
    stop: int


def words_of(text: str) -> list[Word]:
    """Return the words of a text, in order."""
    if text.isascii():
        return [Word(found[0].lower(), *found.span()) for found in _PLAIN.finditer(text)]
    return list(_words_of(_unified(text)))


def spans_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield where about the words of a text stand: cut less finely, at a fraction of the cost."""
    return (found.span() for found in (_PLAIN if text.isascii() else _PIECE).finditer(text))


def terms_of(words: Iterable[str]) -> set[str]:
    """Return what the index holds of a text with these folded words: each of them, and pairs of single characters."""
    words = list(words)
    return set(words).union(_PAIRED.join(pair) for pair in pairwise(words) if are_dense(*pair))


def terms_of_phrase(words: Sequence[str]) -> set[str]:
    """Return what the index must hold of a text in which these folded words stand side by side: as little as will do.

    A character that is part of a pair is not looked for by itself: almost every text has it.
    """
    dense = [are_dense(*pair) for pair in pairwise(words)]
    paired = [before or after for before, after in zip([False, *dense], [*dense, False], strict=True)]
    alone = {word for word, in_pair in zip(words, paired, strict=False) if not in_pair}
    return alone.union(_PAIRED.join(pair) for pair, is_dense in zip(pairwise(words), dense, strict=True) if is_dense)


def fold(piece: str) -> str:
    """Return a piece of text without what makes no difference."""
    if piece.isascii():
        return piece.lower()
    return _fold(piece)


@lru_cache(maxsize=4096)
def _fold(piece: str) -> str:
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", piece).casefold())
    letters = unicodedata.normalize("NFC", _DROPPED.sub("", plain)).translate(_ALIKE)
    # the two packages know different versions of Unicode: a digit that is too new for the other stays as it is
    return str(_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0], digit[0])), letters))


def _unified(text: str) -> str:
    """Return a text of the same length, without what would part it where nobody sees that it is parted.

    A zero width space parts words by the rules of Unicode. The "am" of Thai and Lao is one letter or two.
    """
    for parted, whole in _UNIFIED:
        text = text.replace(parted, whole)
    return text


def _words_of(text: str) -> Iterator[Word]:
    start = 0
    for segment in _BOUNDARY.split(text):
        for piece_start, piece_stop in _pieces(segment):
            span = (start + piece_start, start + piece_stop)
            for word in _FOLDED.findall(fold(text[slice(*span)])):
                yield Word(word, *span)
        start += len(segment)


def _pieces(segment: str) -> Iterable[tuple[int, int]]:
    if _EMOJI.search(segment):
        return ((0, len(segment)),)
    return (found.span() for found in _PIECE.finditer(segment))


def are_dense(first: str, second: str) -> bool:
    """Tell whether both are single characters of a script without spaces."""
    return not (first.isascii() or second.isascii()) and bool(_DENSE.match(first) and _DENSE.match(second))
