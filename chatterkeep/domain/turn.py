"""The turn: one inbound message taken through the flow. Text in, what is said and the new state out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chatterkeep.domain.conversation import Conversation, Owner, Status, begin
from chatterkeep.domain.flow import Flow, State, fill
from chatterkeep.domain.keywords import Keyword, find_keyword


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message leads to.

    `after` already counts the message and the replies in its `last_seq`. `ended` is the status that the previous
    conversation gets when this message started a new one, else None. `asks` tells that an answerer is to reply.
    """

    after: Conversation
    said: tuple[str, ...]
    started: bool = False
    ended: Status | None = None
    asks: bool = False

    @property
    def message_seq(self) -> int:
        """The number of the inbound message in its conversation."""
        return self.after.last_seq - len(self.said)


def take_turn(
    flow: Flow, before: Conversation | None, text: str, now: datetime, timeout: timedelta, *, anew: bool = False
) -> Turn:
    """Take a message through the flow. Pure: the same arguments give the same turn, and no text makes it raise.

    `flow` is the one `before` runs, or the one to begin with. `anew` closes what runs, and begins the next one.
    """
    if before is None:
        return _answer(flow, _fresh(flow, None, now), text, now)
    if anew:
        still_running = before.status in (Status.OPEN, Status.COMPLETE)
        turn = replace(_fresh(flow, before, now), ended=Status.CLOSED if still_running else None)
        return _answer(flow, turn, text, now)
    if before.is_over(now, timeout) or before.flow != flow.name or before.state not in flow.states:
        return _answer(flow, _fresh(flow, before, now), text, now)
    return _answer(flow, Turn(before, ()), text, now)


def _fresh(flow: Flow, before: Conversation | None, now: datetime) -> Turn:
    if before is None:
        return Turn(begin(flow, 1, now), (), started=True)
    still_running = before.status in (Status.OPEN, Status.COMPLETE)
    return Turn(
        begin(flow, before.number + 1, now),
        (),
        started=True,
        ended=Status.EXPIRED if still_running else None,
    )


def _answer(flow: Flow, turn: Turn, text: str, now: datetime) -> Turn:
    conversation = turn.after
    if flow.human:
        return _said(turn, conversation, (), now)
    match find_keyword(text):
        case Keyword.RESTART:
            return _start_over(flow, turn, now)
        case Keyword.HELP if conversation.owner is Owner.BOT:
            return _said(turn, conversation, (_help(flow, flow.states[conversation.state]),), now)
    if conversation.owner is Owner.HUMAN:
        return _said(turn, conversation, (), now)
    return _step(flow, turn, text, now)


def _step(flow: Flow, turn: Turn, text: str, now: datetime) -> Turn:
    conversation = turn.after
    transition = flow.states[conversation.state].transition_for(text)
    if transition is None:
        return _said(turn, conversation, (), now)
    answers: Mapping[str, str] = conversation.answers
    if transition.save:
        answers = {**answers, transition.save: text.strip()}
    target = flow.states[transition.to]
    status = Status.COMPLETE if target.final else Status.OPEN
    moved = replace(conversation, state=target.name, status=status, answers=answers)
    if transition.generated:
        return replace(_said(turn, moved, (), now), asks=True)
    return _said(turn, moved, tuple(fill(line, answers) for line in transition.reply), now)


def _start_over(flow: Flow, turn: Turn, now: datetime) -> Turn:
    """Close what ran so far; the word itself becomes the first message of the new conversation."""
    if turn.started:
        return _said(turn, turn.after, (flow.restart,), now)
    fresh = Turn(begin(flow, turn.after.number + 1, now), (), started=True, ended=Status.CLOSED)
    return _said(fresh, fresh.after, (flow.restart,), now)


def _help(flow: Flow, state: State) -> str:
    return f"{state.hint} {flow.help}".strip()


def _said(turn: Turn, conversation: Conversation, lines: tuple[str, ...], now: datetime) -> Turn:
    after = replace(conversation, last_seq=conversation.last_seq + 1 + len(lines), last_message_at=now)
    return replace(turn, after=after, said=lines)
