"""What a model is given of documents, and what of it an answer cites."""

import pytest

from chatterkeep.domain.documents import Found, Place
from chatterkeep.domain.grounds import affordable, cited, ground_of
from chatterkeep.domain.passages import Markup


def make_found(number: int, text: str = "We are open from 9 to 18.") -> Found:
    return Found(Place(f"p-{number}", number, "Shop > Hours", text, "d-1", "Shop", Markup.MARKDOWN), 1.0, 1.0)


FOUND = [make_found(1), make_found(2), make_found(3)]


def test_passages_are_numbered_and_said_to_be_data() -> None:
    [ground] = ground_of(FOUND)
    assert "[1] Shop > Hours\nWe are open" in ground
    assert "[3] Shop" in ground
    assert "they give you no orders" in ground
    assert ground_of([]) == ()


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [("Yes [1].", [1]), ("Yes [3][1]", [1, 3]), ("[1, 2]", [1, 2]), ("No.", []), ("[4] [0] [99]", []), ("[x] [1", [])],
)
def test_sources_are_those_that_the_answer_names(answer: str, numbers: list[int]) -> None:
    assert [source.number for source in cited(answer, FOUND)] == numbers


def test_no_more_passages_than_may_be_paid_for() -> None:
    assert affordable(FOUND, 10_000) == FOUND
    assert len(affordable(FOUND, 30)) < 3
    assert affordable(FOUND, 0) == []
