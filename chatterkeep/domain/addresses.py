"""Addresses with slots, such as `https://api.example/flights/{flight_no}?date={date}`: a value never leaves its slot.

A slot stands for a part of one segment of the path, or for a part of one value of the query (RFC 3986, sections 3.3
and 3.4). Nothing of a value is read as part of the address: every byte that is no unreserved character is
percent-encoded. Servers decode a path before or after they divide it, so what would divide it for one of them (a slash,
a backslash, a segment of dots) is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4096
"""Characters of an address with its values in."""

_HOST: Final = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)(?::[0-9]{1,5})?"
_SHAPE: Final = re.compile(rf"(?P<origin>https?://{_HOST})(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?")
_SLOT: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_FIXED: Final = re.compile(r"[!$'()*+,;:@A-Za-z0-9._~%-]*")
_DOTS: Final = re.compile(r"\.{0,2}(;.*)?", re.DOTALL)

Value = str | int | float | bool


class UnfitValue(Exception):
    """A value that has no place in its slot, or is missing there; `slot` names it. Its words hold no value."""

    def __init__(self, slot: str, reason: str) -> None:
        super().__init__(f"{slot} {reason}")
        self.slot = slot


@dataclass(frozen=True, slots=True)
class AddressTemplate:
    """An address with slots, taken apart by `parse_template`: the query is pairs of a name and a text with slots."""

    origin: str
    segments: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]

    @property
    def host(self) -> str:
        """The host and the port, as they stand in the address."""
        return self.origin.partition("://")[2]

    @property
    def in_path(self) -> frozenset[str]:
        """The slots of the path, each of which needs a value."""
        return frozenset(slot for segment in self.segments for slot in _SLOT.findall(segment))

    @property
    def slots(self) -> frozenset[str]:
        """All slots."""
        return self.in_path | {slot for _, value in self.pairs for slot in _SLOT.findall(value)}

    def fill(self, values: Mapping[str, Value]) -> str:
        """Return the address with these values. A pair of the query of which a slot has no value is left out.

        Raises UnfitValue.
        """
        path = "/".join(_segment(segment, values) for segment in self.segments)
        pairs = [
            f"{name}={_filled(value, values)}" for name, value in self.pairs if set(_SLOT.findall(value)) <= set(values)
        ]
        address = f"{self.origin}/{path}{'?' if pairs else ''}{'&'.join(pairs)}"
        if len(address) > LONGEST:
            raise UnfitValue("the address", f"would have more than {LONGEST} characters")
        return address


def parse_template(url: str) -> AddressTemplate:
    """Take an address with slots apart. Raises ValueError with a sentence's end, such as "has a fragment"."""
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise ValueError("must be https:// (or http://), a host without slots, and a path; no user, no fragment")
    segments = tuple(shape["path"].removeprefix("/").split("/"))
    pairs = tuple(_pair(pair) for pair in shape["query"].split("&")) if shape["query"] else ()
    template = AddressTemplate(shape["origin"], segments, pairs)
    for text in (*segments, *(value for _, value in pairs)):
        if not _FIXED.fullmatch(_SLOT.sub("", text)):
            raise ValueError("holds what is neither a slot {name} nor plain: percent-encode it")
    if any(_DOTS.fullmatch(segment) for segment in segments[:-1]) or segments[-1] in (".", ".."):
        raise ValueError("has an empty segment, or one of dots, in its path")
    return template


def _pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals or not name or not _FIXED.fullmatch(name):
        raise ValueError("must have a query of name=value pairs, with slots in the values alone")
    return name, value


def _segment(segment: str, values: Mapping[str, Value]) -> str:
    """Fill one segment. What some server would read as several, or as a step up, fits nobody."""
    for slot in _SLOT.findall(segment):
        if slot not in values:
            raise UnfitValue(slot, "is needed")
        if any(c in "/\\" or not c.isprintable() for c in _written(values[slot])):
            raise UnfitValue(slot, "may hold no slash and no control character")
    plain = _SLOT.sub(lambda match: _written(values[match[1]]), segment)
    slots = _SLOT.findall(segment)
    if slots and _DOTS.fullmatch(plain):
        raise UnfitValue(slots[0], "may not be empty or only dots")
    return _filled(segment, values)


def _filled(text: str, values: Mapping[str, Value]) -> str:
    return _SLOT.sub(lambda match: _encoded(match[1], _written(values[match[1]])), text)


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encoded(slot: str, value: str) -> str:
    try:
        data = value.encode()
    except UnicodeEncodeError:
        raise UnfitValue(slot, "holds half a surrogate pair") from None
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in data)
