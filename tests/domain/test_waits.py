"""A time to wait is told in the unit that people think of it in, and never too short."""

import pytest

from chatterkeep.domain.waits import spoken_wait


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (91, "2 minutes"),
        (2968, "50 minutes"),
        (5400, "90 minutes"),
        (5401, "2 hours"),
        (86_400, "24 hours"),
    ],
)
def test_a_wait_in_words(seconds: int, words: str) -> None:
    assert spoken_wait(seconds) == words
