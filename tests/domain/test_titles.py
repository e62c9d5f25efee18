"""What a conversation is called after its first question."""

import pytest

from chatterkeep.domain.titles import title_from

LONG = "What does a cat say when it is hungry and nobody at all is at home?"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Why?", "Why?"),
        ("  two\nlines \t here ", "two lines here"),
        (LONG, "What does a cat say when it is hungry and nobody at all is…"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
        ("a " + "x" * 80, "a " + "x" * 58 + "…"),
        ("w" * 56 + ", and more", "w" * 56 + "…"),
        ("猫" * 70, "猫" * 60 + "…"),
    ],
)
def test_a_title_is_one_line_cut_between_words(question: str, title: str) -> None:
    assert title_from(question) == title
