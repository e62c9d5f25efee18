"""Documents in which nothing is to be found: passages of the words that the library has, and of words that nobody has.

They make the search work for its living. Each passage has 120 words: common ones, words out of the texts that are asked
about, drawn as unevenly as in any language, and made-up ones. They go straight to where passages are kept, as the
service would hand them over: cutting and stemming a hundred thousand passages would take longer than all measurements.
"""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from chatterkeep.domain.common_words import COMMON
from chatterkeep.domain.languages import stems
from chatterkeep.storage.documents import Piece

_WORDS = 120
_SYLLABLES = "ba ko ri tu ne mal sor vin del pra gho ste lum fer zan qui mo tas ye hul".split()  # noqa: SIM905
_LANGUAGES = ("en", "en", "en", "de", "fr", "es")


class Distractors:
    """Endless passages, always the same ones."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._random = random.Random(20260314)
        words = sorted({word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text.lower())})
        made = ["".join(self._random.choices(_SYLLABLES, k=self._random.randint(2, 4))) for _ in range(40_000)]
        self._random.shuffle(words)
        self._known, self._known_weights = words, _zipf(len(words))
        self._made, self._made_weights = made, _zipf(len(made))

    def pieces(self, count: int) -> Iterator[Piece]:
        """Yield so many passages."""
        for number in range(1, count + 1):
            language = self._random.choice(_LANGUAGES)
            words = self._words(COMMON[language].split())
            terms = [term for word in words for term in stems(word, "en" if language == "en" else "")]
            yield Piece(number, "", " ".join(words), terms, len(words))

    def _words(self, common: Sequence[str]) -> list[str]:
        choose = self._random
        drawn = [
            *choose.choices(common, k=_WORDS // 2),
            *choose.choices(self._known, cum_weights=self._known_weights, k=_WORDS // 12),
            *choose.choices(self._made, cum_weights=self._made_weights, k=_WORDS * 5 // 12),
        ]
        choose.shuffle(drawn)
        return drawn


def _zipf(count: int) -> list[float]:
    """Cumulated weights by which the first words are drawn most often (Zipf's law, flattened at the top)."""
    return list(accumulate(1 / (rank + 10) for rank in range(count)))
