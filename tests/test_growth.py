"""The measure tells what grows by the square from what grows evenly, on any machine."""

from tests.growth import STEEP, growth


def test_what_looks_at_all_of_a_text_for_each_of_its_letters_is_steep() -> None:
    assert growth(lambda text: sum(text.count(letter) for letter in text), "ab", 2000) > STEEP


def test_what_looks_at_each_letter_once_is_not() -> None:
    assert growth(lambda text: [letter.upper() for letter in text], "ab", 2000) < STEEP
