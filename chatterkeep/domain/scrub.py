"""What a provider never sees: phone numbers, e-mail addresses, card numbers and IBANs become placeholders.

A placeholder looks like `[PHONE_1]`. One Scrubber serves one prompt: the same value has the same placeholder in all of
its texts, and what comes back is restored by the same Scrubber. A placeholder that a person typed is a value too and
becomes `[TEXT_1]`. So every placeholder a model reads was written here, and none can be restored to a value that did
not stand there.

Found are: numbers valid for the region or written internationally (E.164); addresses of the form of RFC 5322's
dot-atom or quoted string; 13 to 19 digits with a valid check digit (ISO/IEC 7812-1, Luhn); IBANs of known structure
with valid check digits (ISO 13616, mod 97). Digits of other scripts, full-width letters, no-break spaces and odd
dashes are read as their plain ones, and invisible characters are read over. Other numbers stay, but one in ten long
numbers has a card's check digit by chance, and an order number can look like a phone number.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import accumulate, islice
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher
from stdnum import iban, luhn

from chatterkeep.domain.destinations import is_destination

_PLACEHOLDER: Final = re.compile(r"\[(TEXT|IBAN|CARD|EMAIL|PHONE)\\?[_ ]([0-9]{1,6})\]", re.IGNORECASE | re.ASCII)
"""Also as models vary it: other case, a space, an underscore escaped for Markdown."""

_UNFINISHED: Final = re.compile(r"\[[A-Z]{0,5}\\?(?:[_ ][0-9]{0,6})?\Z", re.IGNORECASE | re.ASCII)
"""What can still become a placeholder: at most 14 characters."""

_EMAIL: Final = re.compile(
    r"""(?<![\w.+'-])['.+-]*+(?P<value>(?:\w[\w.+'-]*+|"[^"\n]{1,64}")@(?:[\w-]++\.)+[^\W\d_][\w-]+)"""
)
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])(?=([A-Za-z]{2}[0-9]{2}(?:[ .-]?[A-Za-z0-9]){11,30}))")
_DIGITS: Final = re.compile(r"[0-9]+(?:[ \t._-]{1,3}[0-9]+)*")
_GROUP: Final = re.compile(r"[0-9]+")
_WORD_END: Final = re.compile(r"(?<=[A-Za-z0-9])(?![A-Za-z0-9])")
_CROWD: Final = re.compile(r"(?<![0-9])\+?\(?[0-9]++(?:[ \t().+/-]{1,4}[0-9]++)+")
_PHONE_GROUP: Final = re.compile(r"\+?\(?[0-9]+")
_OPENED: Final = re.compile(r"\[|\((?![^)]*\))")
"""A bracket before a number that is closed only after it."""

_DOUBLE_ZERO: Final = re.compile(r"(?<![0-9])00(?= ?[1-9])")
_CARD_DIGITS: Final = range(13, 20)
_PHONE_DIGITS: Final = range(7, 16)
_MOST_GROUPS: Final = 7
_MOST_STRETCHES: Final = 200
"""Looked at in one text: a bound on the time that a text of nothing but digits takes."""

_SHORTEST_IBAN: Final = 15


class _Found(NamedTuple):
    """A value in a text: where it stands, and by what it is known to be the same as another spelling."""

    start: int
    stop: int
    key: str


_Finder = Callable[[str], Iterable[_Found]]


class Scrubber:
    """Replaces private values in the texts of one prompt, and puts them back into the answer. For one thread."""

    def __init__(self, region: str) -> None:
        """National phone numbers belong to `region` (ISO 3166 alpha-2)."""
        self._finders: tuple[tuple[str, _Finder], ...] = (
            ("TEXT", _typed),
            ("IBAN", _ibans),
            ("CARD", _cards),
            ("EMAIL", _emails),
            ("PHONE", lambda text: _phones(text, region)),
            ("PHONE", lambda text: _crowded_phones(text, region)),
        )
        self._labels: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    @property
    def found(self) -> bool:
        """Whether anything was replaced so far."""
        return bool(self._values)

    def scrub(self, text: str) -> str:
        """Return the text with a placeholder for every private value.

        Where two kinds overlap, the narrower one wins: IBAN, then card, e-mail, phone.
        """
        plain, places = _folded(text)
        pieces: list[str] = []
        done = 0
        for kind, found in sorted(self._find(plain), key=lambda item: item[1].start):
            start, stop = places[found.start], places[found.stop - 1] + 1
            pieces += text[done:start], self._label(kind, found.key, text[start:stop])
            done = stop
        return "".join((*pieces, text[done:]))

    def restore(self, text: str) -> str:
        """Return the text with the values back in the places of their placeholders; unknown ones stay.

        A value that was spelled in several ways comes back in the first one.
        """
        return _PLACEHOLDER.sub(partial(self._value, None), text)

    def restoring(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield a text that comes in pieces, restored but in addresses of links. Held back is what may be one."""
        said = held = ""
        for piece in pieces:
            held += piece
            unfinished = _UNFINISHED.search(held)
            ready = unfinished.start() if unfinished else len(held)
            if ready:
                yield _PLACEHOLDER.sub(partial(self._value, said), held[:ready])
                said, held = said + held[:ready], held[ready:]
        if held:
            yield held

    def _find(self, text: str) -> Iterator[tuple[str, _Found]]:
        for kind, finder in self._finders:
            for found in tuple(finder(text)):
                yield kind, found
                # blank what is found, so that no later kind takes a part of it for its own
                text = text[: found.start] + "\0" * (found.stop - found.start) + text[found.stop :]

    def _label(self, kind: str, key: str, value: str) -> str:
        label = self._labels.get((kind, key))
        if label is None:
            self._counts[kind] += 1
            label = self._labels[kind, key] = f"[{kind}_{self._counts[kind]}]"
            self._values[label] = value
        return label

    def _value(self, before: str | None, placeholder: re.Match[str]) -> str:
        if before is not None and is_destination(before + placeholder.string[: placeholder.start()]):
            return placeholder[0]
        return self._values.get(f"[{placeholder[1].upper()}_{int(placeholder[2])}]", placeholder[0])


def _folded(text: str) -> tuple[str, range | list[int]]:
    """Return the text in plain characters without the invisible ones, and where each of them was."""
    if text.isascii():
        return text, range(len(text))
    plain = [_plain(character) for character in text]
    places = [place for place, character in enumerate(plain) if character]
    return "".join(plain), places


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """Return the plain form of one character: itself, another one, or nothing where it is invisible."""
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def _typed(text: str) -> Iterator[_Found]:
    for match in _PLACEHOLDER.finditer(text):
        yield _Found(*match.span(), match[0])


def _ibans(text: str) -> Iterator[_Found]:
    """Yield IBANs. One may be followed by words, so every end of a word that leaves enough is tried."""
    done = 0
    for match in _IBAN.finditer(text):
        if match.start() < done:
            continue
        ends = [end.start() for end in _WORD_END.finditer(text, match.start() + _SHORTEST_IBAN, match.end(1))]
        for stop in reversed(ends):
            if _WORD_END.match(text, stop) and iban.is_valid(text[match.start() : stop], check_country=False):
                yield _Found(match.start(), done := stop, iban.compact(text[match.start() : stop]))
                break


def _cards(text: str) -> Iterator[_Found]:
    """Yield card numbers: neighbouring groups of digits, as an order number or an expiry date may stand beside."""
    for run in _DIGITS.finditer(text):
        groups = [(group.start(), group.end(), group[0]) for group in _GROUP.finditer(text, *run.span())]
        first = 0
        while first < len(groups):
            card = _card(groups[first : first + max(_CARD_DIGITS)])
            if card:
                yield _Found(groups[first][0], groups[first + card - 1][1], _digits(groups[first : first + card]))
            first += card or 1


def _card(groups: list[tuple[int, int, str]]) -> int:
    """Return of how many of the groups, from the first, a card number is made: as many as can be, 0 for none."""
    lengths = accumulate(len(digits) for *_, digits in groups)
    counts = [count for count, length in enumerate(lengths, 1) if length in _CARD_DIGITS]
    return next((count for count in reversed(counts) if luhn.is_valid(_digits(groups[:count]))), 0)


def _digits(groups: list[tuple[int, int, str]]) -> str:
    return "".join(digits for *_, digits in groups)


def _emails(text: str) -> Iterator[_Found]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield _Found(*match.span("value"), match["value"].casefold())


def _phones(text: str, region: str) -> Iterator[_Found]:
    # 00 is read as a plus, as it is where people enter their number; " +" keeps every place where it was
    for match in PhoneNumberMatcher(_DOUBLE_ZERO.sub(" +", text), region, leniency=Leniency.VALID):
        start = match.start - 1 if text[match.start - 1 : match.start + 1] == "00" else match.start
        if _OPENED.match(text, start, match.end):
            start += 1
        yield _Found(start, match.end, _phone_key(match.number))


def _crowded_phones(text: str, region: str) -> Iterator[_Found]:
    """Yield phone numbers with other numbers right beside them, which a matcher takes for one long number.

    Only a plus or the usual grouping tells them from dates and amounts, so without a plus the grouping must be exact.
    """
    done = 0
    for start, stop in islice(_stretches(text), _MOST_STRETCHES):
        leniency = Leniency.VALID if text[start] == "+" else Leniency.EXACT_GROUPING
        match = next(iter(PhoneNumberMatcher(text[start:stop], region, leniency, 1)), None) if start >= done else None
        if match and (match.start, match.end) == (0, stop - start):
            yield _Found(start, done := stop, _phone_key(match.number))


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of runs of digits that are as long as a phone number, from every group the longest first."""
    for run in _CROWD.finditer(text):
        groups = [(group.start(), group.end(), group[0]) for group in _PHONE_GROUP.finditer(text, *run.span())]
        for first, (start, *_) in enumerate(groups):
            near = groups[first : first + _MOST_GROUPS]
            lengths = accumulate(sum(map(str.isdigit, group)) for *_, group in near)
            ends = [stop for (_, stop, _), length in zip(near, lengths, strict=True) if length in _PHONE_DIGITS]
            yield from ((start, stop) for stop in reversed(ends))


def _phone_key(number: phonenumbers.PhoneNumber) -> str:
    return f"{phonenumbers.format_number(number, PhoneNumberFormat.E164)};{number.extension or ''}"
