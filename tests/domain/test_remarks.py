"""What is said outside of a turn."""

from datetime import timedelta

import pytest

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.remarks import greet, take_over
from tests.make import NOW, make_conversation, make_flow

YEARS = timedelta(days=1000)


def test_a_greeting_begins_the_first_conversation_without_moving_the_flow() -> None:
    turn = greet(make_flow(), NOW)
    assert (turn.started, turn.message_seq, turn.said) == (True, 1, ())
    assert (turn.after.number, turn.after.state, turn.after.owner) == (1, "START", Owner.BOT)


@pytest.mark.parametrize("status", [Status.OPEN, Status.COMPLETE])
def test_staff_go_on_where_they_read_however_long_ago_that_was(status: Status) -> None:
    before = make_conversation(state="AWAITING_NAME", status=status, last_seq=4)
    turn = take_over(make_flow(), before, NOW + YEARS)
    assert (turn.started, turn.ended, turn.message_seq) == (False, None, 5)
    assert (turn.after.state, turn.after.owner, turn.after.status) == ("AWAITING_NAME", Owner.HUMAN, Status.OPEN)
    assert turn.after.last_message_at == NOW + YEARS


@pytest.mark.parametrize("status", [Status.CLOSED, Status.EXPIRED])
def test_what_is_over_stays_over_and_a_new_conversation_begins(status: Status) -> None:
    turn = take_over(make_flow(), make_conversation(number=3, status=status), NOW)
    assert (turn.started, turn.ended, turn.message_seq) == (True, None, 1)
    assert (turn.after.number, turn.after.owner) == (4, Owner.HUMAN)


def test_staff_may_speak_first() -> None:
    turn = take_over(make_flow(), None, NOW)
    assert (turn.started, turn.after.number, turn.after.owner) == (True, 1, Owner.HUMAN)
