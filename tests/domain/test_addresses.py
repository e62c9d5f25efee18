"""Addresses with slots: whatever a value holds, it stays in its slot."""

import posixpath
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.addresses import LONGEST, UnfitValue, Value, parse_template
from chatterkeep.services.targets import parse_target

FLIGHTS = parse_template("https://api.example:8443/v1/flights/{flight_no}/on-{day}.json?date={date}&lang=en&q=a-{q}")
NASTY = (
    "/",
    "\\",
    "..",
    ".",
    "%2e",
    "%2F",
    "?",
    "&",
    "=",
    "#",
    "@",
    ":",
    ";",
    "+",
    " ",
    "\r\n",
    "\0",
    "{q}",
    "é",
    "＠",
)
value = st.text() | st.lists(st.sampled_from(NASTY)).map("".join) | st.integers() | st.booleans()
values = st.fixed_dictionaries({"flight_no": value, "day": value}, optional={"date": value, "q": value})


def written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def filled(given: dict[str, Value]) -> str | None:
    try:
        return FLIGHTS.fill(given)
    except UnfitValue:
        return None


@given(values)
def test_no_value_escapes_its_slot(given: dict[str, Value]) -> None:
    address = filled(given)
    if address is None:
        return
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.example:8443", "")
    flight, day = written(given["flight_no"]), written(given["day"])
    # also for a server that decodes before it divides, and one that walks up for dots
    decoded = unquote(parts.path)
    assert decoded.split("/") == ["", "v1", "flights", flight, f"on-{day}.json"]
    assert posixpath.normpath(decoded) == decoded
    expected = [("date", given.get("date")), ("lang", "en"), ("q", given.get("q"))]
    told = [(name, written(value)) for name, value in expected if value is not None]
    told = [(name, f"a-{value}" if name == "q" else value) for name, value in told]
    assert parse_qsl(parts.query, keep_blank_values=True, separator="&") == told


@given(values)
def test_what_comes_out_is_an_address_for_our_own_client(given: dict[str, Value]) -> None:
    address = filled(given)
    if address is None:
        return
    target = parse_target(address)
    assert (target.host, target.port) == ("api.example", 8443)
    assert target.path.isascii()
    assert target.path.isprintable()
    assert " " not in target.path


def test_a_value_is_written_as_the_bytes_of_utf_8() -> None:
    template = parse_template("https://api.example/{a}?b={b}")
    assert template.fill({"a": "né ü", "b": "1+1=2&x"}) == "https://api.example/n%C3%A9%20%C3%BC?b=1%2B1%3D2%26x"


@pytest.mark.parametrize("value", ["", ".", "..", "..;", "../x", "a/b", "a\\b", "a\nb", "a\0"])
def test_what_would_divide_a_path_has_no_place_in_it(value: str) -> None:
    template = parse_template("https://api.example/flights/{no}")
    with pytest.raises(UnfitValue) as caught:
        template.fill({"no": value})
    assert caught.value.slot == "no"
    assert not value.strip("./\\\n\0;") or value not in str(caught.value)


def test_half_a_surrogate_pair_has_no_place_in_a_query() -> None:
    with pytest.raises(UnfitValue):
        parse_template("https://api.example/?q={q}").fill({"q": "\ud83c"})


def test_a_path_needs_its_values_and_a_query_does_not() -> None:
    template = parse_template("https://api.example/{a}?b={b}&c={c}")
    assert template.fill({"a": 1, "c": True}) == "https://api.example/1?c=true"
    with pytest.raises(UnfitValue, match="a is needed"):
        template.fill({"b": "2"})


def test_an_address_has_an_end() -> None:
    with pytest.raises(UnfitValue):
        parse_template("https://api.example/?q={q}").fill({"q": "x" * LONGEST})


@pytest.mark.parametrize(
    "url",
    [
        "api.example/flights",
        "ftp://api.example/",
        "https://api.example",
        "https://{host}/flights",
        "https://api.example:{port}/",
        "https://user:word@api.example/",
        "https://api.example/#{part}",
        "https://api.example/a b",
        "https://exämple.test/",
        "https://api.example/../{x}",
        "https://api.example//{x}",
        "https://api.example/{x}?{name}=1",
        "https://api.example/?flag",
        "https://api.example/{un closed}",
        "https://api.example/{x",
        'https://api.example/?q="{q}"',
        "https://api.example\\@evil.example/",
    ],
)
def test_an_address_that_is_not_plain_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must|holds|has"):
        parse_template(url)
