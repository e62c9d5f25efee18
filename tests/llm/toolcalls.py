"""Lets the fake server call tools: which, with what arguments, and in what fragments."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.llm import replies
from tests.llm.faults import End, Order, Step


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call of a tool. `arguments` is a value, or text that need be no JSON; `piece` is how much of it comes at once.

    `index` and `id` are what a server usually gives; a None is left out, and anything else is sent as it is.
    """

    name: Any
    arguments: Any
    index: Any = ...
    id: Any = ...
    piece: int = 5

    @property
    def text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, slots=True)
class Round:
    """What a model answers instead of an answer: calls, or `raw` values of `tool_calls`, after saying something."""

    calls: Sequence[Wanted] = ()
    says: str = ""
    raw: Sequence[Any] = ()
    finish: str = "tool_calls"


def asks(round_: Round, order: Order) -> Iterator[Step]:
    """The script of a round: the fragments of all calls, one after the other by turns."""
    yield order.first, replies.STREAM
    if round_.says:
        yield 0, replies.token(round_.says)
    for delta in (*_fragments(round_.calls), *round_.raw):
        yield order.between, replies.piece([replies.choice({"tool_calls": delta})])
    yield 0, replies.ending(order.question, len(round_.calls), round_.finish, order.usage)
    yield 0, End.KEEP


def results_in(body: dict[str, Any]) -> list[str]:
    """What tools gave, as a request tells it."""
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]


def rounds_in(body: dict[str, Any]) -> int:
    """How many rounds of calls a request tells of."""
    return sum(1 for message in body["messages"] if message.get("tool_calls"))


def _fragments(calls: Sequence[Wanted]) -> Iterator[list[dict[str, Any]]]:
    pieces = [[call.text[at : at + call.piece] for at in range(0, len(call.text), call.piece)] for call in calls]
    for number, call in enumerate(calls):
        function = {"name": call.name, "arguments": ""}
        yield [_fragment(call, number, {"type": "function", "function": function}, first=True)]
    for at in range(max(map(len, pieces), default=0)):
        yield [
            _fragment(call, number, {"function": {"arguments": pieces[number][at]}}, first=False)
            for number, call in enumerate(calls)
            if at < len(pieces[number])
        ]


def _fragment(call: Wanted, number: int, rest: dict[str, Any], *, first: bool) -> dict[str, Any]:
    index = number if call.index is ... else call.index
    own = f"call-{number}" if call.id is ... else call.id
    head = {"index": index, **({"id": own} if first else {})}
    return {key: value for key, value in head.items() if value is not None} | rest
