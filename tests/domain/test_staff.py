"""Roles, user names and passwords."""

from datetime import timedelta

import pytest

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.staff import Role, check_password, clean_username, lock_after
from tests.make import PASSWORD


def test_a_role_covers_itself_and_the_lesser_ones() -> None:
    covered = {mine: [asked for asked in Role if mine.covers(asked)] for mine in Role}
    assert covered == {
        Role.VIEWER: [Role.VIEWER],
        Role.AGENT: [Role.VIEWER, Role.AGENT],
        Role.ADMIN: [Role.VIEWER, Role.AGENT, Role.ADMIN],
    }


@pytest.mark.parametrize(
    ("typed", "kept"), [("ada", "ada"), (" Ada ", "ada"), ("a.b-c_d@example.org", "a.b-c_d@example.org"), ("7", "7")]
)
def test_a_user_name_is_kept_in_small_letters(typed: str, kept: str) -> None:
    assert clean_username(typed) == kept


@pytest.mark.parametrize("typed", ["", " ", ".ada", "ada lovelace", "a" * 65, "ad\0a", "ada\nbob", "\u0430da", "<b>"])
def test_what_is_no_user_name_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        clean_username(typed)


@pytest.mark.parametrize("password", [PASSWORD, "several words of no sense", "exactly15chars!", "äöüß-" * 25 + "end"])
def test_long_passwords_and_passphrases_are_good(password: str) -> None:
    check_password(password, "ada")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "this one has 0"),
        ("fourteen chars", "this one has 14"),
        ("0123456789" * 13, "this one has 130"),
        ("abababababababab", "the same few characters"),
        ("A very long name", "the user name"),
        (" a very long name ", "the user name"),
        ("with a NUL \0 in it", "control characters"),
        ("half a pair \ud83d here", "control characters"),
    ],
)
def test_what_is_easily_guessed_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        check_password(password, "a very long name")


def test_each_tenth_failure_in_a_row_locks_twice_as_long_up_to_a_day() -> None:
    locks = {failures: lock_after(failures) for failures in range(201)}
    minutes = [span // timedelta(minutes=1) for span in locks.values() if span]
    assert minutes == [15, 30, 60, 120, 240, 480, 960, *[1440] * 13]
    assert [failures for failures, span in locks.items() if span] == list(range(10, 201, 10))
    assert lock_after(10_000_000) == timedelta(days=1)
