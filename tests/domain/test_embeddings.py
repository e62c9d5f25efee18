"""Vectors, and one ranking made of two."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.embeddings import fused, unit

NUMBERS = st.floats(-1000, 1000, width=32).filter(lambda number: not number or abs(number) > 1e-3)


@given(st.lists(NUMBERS, min_size=1, max_size=50).filter(any))
def test_a_vector_keeps_its_direction_and_has_length_one(numbers: list[float]) -> None:
    vector = unit(numbers)
    assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-4)
    assert [math.copysign(1, a) for a, b in zip(vector, numbers, strict=True) if b] == [
        math.copysign(1, b) for b in numbers if b
    ]


@pytest.mark.parametrize("numbers", [[], [0.0, 0.0], [math.nan, 1.0], [math.inf, 1.0]])
def test_what_points_nowhere_is_no_vector(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="no direction"):
        unit(numbers)


def test_what_both_rankings_name_comes_before_what_one_names() -> None:
    scores = fused(dict.fromkeys([1, 2, 3], 1.0), dict.fromkeys([4, 2, 5], 1.0))
    assert sorted(scores, key=lambda one: -scores[one])[0] == 2
    assert set(scores) == {1, 2, 3, 4, 5}
    assert scores[1] == scores[4] > scores[3]


def test_one_ranking_alone_keeps_its_order() -> None:
    scores = fused(dict.fromkeys([7, 3, 9], 1.0))
    assert sorted(scores, key=lambda one: -scores[one]) == [7, 3, 9]


def test_a_place_counts_as_much_as_it_is_trusted() -> None:
    scores = fused({1: 0.2}, {2: 1.0})
    assert scores[2] == pytest.approx(5 * scores[1])
