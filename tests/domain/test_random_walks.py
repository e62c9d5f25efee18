"""Whatever people type, in whatever order: a flow never breaks, and the numbers always add up."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatterkeep.domain.conversation import Conversation, Status
from chatterkeep.domain.turn import Turn, take_turn
from chatterkeep.flows.loader import load_flows
from tests.make import NOW

FLOWS = load_flows()
TIMEOUT = timedelta(hours=1)
WORDS = st.sampled_from(["hello", "restart", "help", "{name}", "{song}", "{", "start over", "x" * 1600])
LINES = st.one_of(WORDS, st.text(max_size=60))
PAUSES = st.sampled_from([timedelta(0), timedelta(minutes=59), timedelta(hours=2)])
WALKS = st.lists(st.tuples(LINES, PAUSES), max_size=12)


@pytest.mark.parametrize("name", FLOWS)
@given(walk=WALKS)
@settings(max_examples=80, deadline=None, database=None)
def test_no_walk_leaves_the_flow(name: str, walk: list[tuple[str, timedelta]]) -> None:
    now, before = NOW, None
    for text, pause in walk:
        now += pause
        turn = take_turn(FLOWS[name], before, text, now, TIMEOUT)
        _check(turn, before)
        assert turn.after.state in FLOWS[name].states
        assert (turn.after.status is Status.COMPLETE) == FLOWS[name].states[turn.after.state].final
        before = turn.after


def _check(turn: Turn, before: Conversation | None) -> None:
    base = 0 if turn.started or before is None else before.last_seq
    assert turn.message_seq == base + 1
    assert turn.after.last_seq == base + 1 + len(turn.said)
    assert turn.after.number == (before.number if before else 0) + turn.started
    assert all(line.strip() for line in turn.said)
