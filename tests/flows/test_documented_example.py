"""The dialogue in docs/flows.md works as that page says."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from chatterkeep.domain.conversation import Conversation, Status
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.turn import take_turn
from chatterkeep.flows.loader import load_flow
from tests.docs.texts import ROOT, blocks
from tests.make import NOW

PAGE = ROOT / "docs" / "flows.md"
DAY = timedelta(days=1)


@pytest.fixture
def pizza(tmp_path: Path) -> Flow:
    """The flow of the page, loaded as the application loads it."""
    (example,) = [block for block in blocks(PAGE) if block.language == "toml"]
    path = tmp_path / "pizza.toml"
    path.write_text(example.text)
    return load_flow(path)


def transcript() -> list[tuple[str, tuple[str, ...]]]:
    """What is said on the page: each line of the person, with the lines of the bot that answer it."""
    (shown,) = [block for block in blocks(PAGE) if block.marks == ("transcript",)]
    parts = re.split(r"^> ", shown.text, flags=re.MULTILINE)[1:]
    return [(part.splitlines()[0], tuple(part.splitlines()[1:])) for part in parts]


def test_the_example_has_the_states_that_the_page_talks_about(pizza: Flow) -> None:
    assert (pizza.name, list(pizza.states)) == ("pizza", ["SIZE", "TOPPING", "CONFIRM", "ORDERED"])


def test_the_talk_goes_as_the_page_shows_it(pizza: Flow) -> None:
    conversation: Conversation | None = None
    for said, answered in transcript():
        turn = take_turn(pizza, conversation, said, NOW, DAY)
        assert turn.said == answered, f"to {said!r}"
        conversation = turn.after
    assert conversation is not None
    assert (conversation.number, conversation.state, dict(conversation.answers)) == (2, "TOPPING", {"size": "medium"})


def test_the_talk_visits_every_state(pizza: Flow) -> None:
    conversation: Conversation | None = None
    visited = set()
    for said, _ in transcript():
        conversation = take_turn(pizza, conversation, said, NOW, DAY).after
        visited.add((conversation.state, conversation.status))
    assert {state for state, _ in visited} == set(pizza.states)
    assert ("ORDERED", Status.COMPLETE) in visited
