"""Codes as people write them, how many there may be, and what a proof leads to."""

from datetime import timedelta

import pytest

from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.proofs import (
    Allowance,
    Attempt,
    Joining,
    Tally,
    is_hardly_more,
    joining,
    message_of,
    sent_code,
    shown_code,
    texted_code,
    typed_code,
    wait_after,
)
from tests.make import NOW

LIFETIME = timedelta(days=90)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("Your code is 123 456!", "123456"),
        ("123-456", "123456"),
        ("1 2 3 4 5 6", "123456"),
        ("G-012345", "012345"),
        ("１２３４５６", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("Code 123456, good for 10 minutes.", "123456"),
        ("10 minutes: 123456", "123456"),
        ("123456 is your code\n\n@host #123456", "123456"),
        ("12345", ""),
        ("1234567", ""),
        ("none", ""),
        ("", ""),
        ("²³⁴⁵⁶⁷", "234567"),
        ("9" * 5000, ""),
    ],
)
def test_a_code_is_found_in_what_is_typed_or_pasted(typed: str, code: str) -> None:
    assert typed_code(typed) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("BKD RTM", "BKD RTM"),
        ("bkdrtm", "BKD RTM"),
        ("  bkd-rtm.", "BKD RTM"),
        ("My code: BKD RTM!", "BKD RTM"),
        ("ＢＫＤ ＲＴＭ", "BKD RTM"),
        ("hello", ""),
        ("BKD RTMX", ""),
        ("BKDRTMX", ""),
        ("AEI OUY", ""),
        ("x" * 1600, ""),
        ("", ""),
    ],
)
def test_a_code_of_a_page_is_found_in_a_text(text: str, code: str) -> None:
    assert texted_code(text) == code


def test_what_a_page_shows_is_read_again() -> None:
    for number in range(0, 2**64 - 1, 2**57 + 12345):
        code = shown_code(number.to_bytes(8))
        assert texted_code(code.lower()) == code


def test_a_code_with_little_besides_is_meant_as_one_and_a_sentence_is_not() -> None:
    assert is_hardly_more("Hello, this is my code: BKD RTM. Thanks!")
    assert not is_hardly_more("Hello, this is the code of my luggage: BKD RTM.")


def test_a_code_is_looked_for_in_so_much_of_a_text_and_no_more() -> None:
    assert (texted_code("BKD RTM" + "." * 193), texted_code("BKD RTM" + "." * 194)) == ("BKD RTM", "")
    assert (typed_code("." * 994 + "123456"), typed_code("." * 995 + "123456")) == ("123456", "")


def test_eight_bytes_make_the_code_of_a_page_however_many_there_are() -> None:
    assert shown_code(bytes(range(32))) == shown_code(bytes(range(8)))


def test_a_code_has_six_digits_always() -> None:
    assert [sent_code(number) for number in (0, 42, 999_999)] == ["000000", "000042", "999999"]


def test_the_text_says_what_it_is_for_and_ends_with_the_line_for_phones() -> None:
    text = message_of("012345", "chat.example.org", "ChatterKeep")
    assert text.startswith("012345 is your code for ChatterKeep, good for 10 minutes.")
    assert text.splitlines()[-2:] == ["", "@chat.example.org #012345"]
    assert len(text) <= 160


@pytest.mark.parametrize(
    ("minutes_ago", "failures", "everybody", "allowed"),
    [
        ((), 0, 0, True),
        ((1, 2), 0, 0, True),
        ((1, 2, 3), 0, 0, False),
        ((60, 60, 60), 0, 0, True),
        ((61, 62, 63), 0, 0, True),
        ((1, 2, 61, 62), 0, 0, True),
        ((1, 2, 61, 62, 63), 0, 0, False),
        ((), 9, 0, True),
        ((), 10, 0, False),
        ((), 0, 499, True),
        ((), 0, 500, False),
    ],
)
def test_how_many_codes_there_may_be(
    minutes_ago: tuple[int, ...], failures: int, everybody: int, allowed: bool
) -> None:
    sent = [NOW - timedelta(minutes=minutes) for minutes in minutes_ago]
    assert Tally(sent, failures, everybody).allows(Allowance(), NOW) is allowed


def test_without_a_daily_limit_all_may_have_codes() -> None:
    assert Tally([], 0, 10**9).allows(Allowance(everybody=0), NOW)


@pytest.mark.parametrize(("seconds", "wait"), [(0, 30), (0.5, 30), (29, 1), (29.9, 1), (30, 0), (3000, 0)])
def test_the_wait_for_another_code_is_told_in_whole_seconds(seconds: float, wait: int) -> None:
    assert wait_after(NOW - timedelta(seconds=seconds), NOW) == wait


@pytest.mark.parametrize(
    ("holder", "days", "becomes"),
    [
        (None, 0, Joining.FIRST),
        (1, 0, Joining.AGAIN),
        (1, 500, Joining.AGAIN),
        (2, 0, Joining.JOINS),
        (2, 90, Joining.JOINS),
        (2, 91, Joining.STALE),
    ],
)
def test_what_becomes_of_a_page(holder: int | None, days: int, becomes: Joining) -> None:
    proved_at = NOW - timedelta(days=days) if holder else None
    assert joining(1, holder, proved_at, NOW, LIFETIME) is becomes


@pytest.mark.parametrize(
    ("number", "country"),
    [("+14155550123", "US"), ("+16045550123", "CA"), ("+447400123456", "GB"), ("+4915112345678", "DE")],
)
def test_a_number_knows_its_country(number: str, country: str) -> None:
    assert PhoneNumber(number).country == country


def attempt(*, minutes: float, asked_seconds_ago: int | None = None) -> Attempt:
    """One that began so long before NOW."""
    created_at = NOW - timedelta(minutes=minutes)
    asked_at = None if asked_seconds_ago is None else NOW - timedelta(seconds=asked_seconds_ago)
    ends_at = created_at + timedelta(minutes=30)
    return Attempt(PhoneNumber("+14155550123"), "BKD RTM", created_at, ends_at, False, 1, asked_at, 5)


@pytest.mark.parametrize(
    ("minutes", "seconds"), [(0, 2), (1.99, 2), (2, 5), (9.99, 5), (10, None), (10.5, None), (29, None)]
)
def test_a_page_asks_less_and_less_often_whether_its_code_was_heard(minutes: float, seconds: int | None) -> None:
    assert attempt(minutes=minutes).next_look(NOW) == seconds


@pytest.mark.parametrize(("asked", "wait"), [(None, 0), (10, 20), (30, 0)])
def test_an_attempt_waits_from_its_own_last_code(asked: int | None, wait: int) -> None:
    assert attempt(minutes=1, asked_seconds_ago=asked).wait(NOW) == wait
