"""What a model is given of documents, what of it an answer cites, and what is quoted without a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.documents import Found, Place
from chatterkeep.domain.grounds import affordable, cited, ground_of
from chatterkeep.domain.quotes import LONGEST, quote


def make_found(number: int, text: str = "We are open from 9 to 18.") -> Found:
    return Found(Place(f"p-{number}", number, "Shop > Hours", text, "d-1", "Shop"), 1.0, 1.0)


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


@given(st.text("ab. \n#!?漢", max_size=3000), st.text("ab ", max_size=30))
def test_a_quotation_is_short_whatever_the_passage(passage: str, question: str) -> None:
    assert len(quote(passage, question)) <= LONGEST


def test_a_quotation_is_what_the_question_is_about() -> None:
    filler = "Nothing of interest is said in this sentence at all. " * 8
    said = quote(f"# Head\n{filler}The ferry to the island leaves at noon. {filler}", "When does the ferry leave?")
    assert "The ferry to the island leaves at noon." in said
    assert "# Head" not in said
    assert said.startswith("…")
