"""The word that is typed to erase, and counts in words."""

import pytest

from chatterkeep.domain.erasure import Counts, is_meant


@pytest.mark.parametrize("typed", ["erase", " ERASE ", "Erase\n", "e r a s e", "ＥＲＡＳＥ"])
def test_case_and_space_do_not_matter(typed: str) -> None:
    assert is_meant(typed)


@pytest.mark.parametrize("typed", ["", " ", "yes", "eras", "erase everything", "delete"])
def test_any_other_word_does_not_do(typed: str) -> None:
    assert not is_meant(typed)


def test_counts_are_said_in_words() -> None:
    assert str(Counts(sessions=1, messages=12_345, replies=1, links=2)) == (
        "1 session, 12,345 messages, 1 generated reply, 2 links"
    )
    assert str(Counts()) == ""
    assert Counts(sessions=1, links=2) + Counts(links=1) == Counts(sessions=1, links=3)
