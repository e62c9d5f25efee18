"""Gathers the calls of tools out of a stream, and words them, and their results, for the Chat Completions API.

The calls come in fragments: an `index` says to which call a fragment belongs, its first one has the id and the name,
and the arguments come in pieces. Some servers send each call whole, all of them under index 0 and with ids of their
own; some give no id at all.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chatterkeep.domain.answers import Failure, NoAnswer
from chatterkeep.domain.tools import Tool, ToolCall

MOST_ROUNDS: Final = 4
"""How often a model may call tools before it has to answer."""

_MOST: Final = 32
_LONGEST: Final = 64 * 1024
_ID: Final = re.compile(r"[!-~]{1,64}")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class _Gathered:
    """A call so far."""

    def __init__(self) -> None:
        self.id = self.name = ""
        self.arguments: list[str] = []


class ToolCalls:
    """The calls that one response of a model asks for."""

    def __init__(self) -> None:
        self._calls: list[_Gathered] = []
        self._by_index: dict[int, _Gathered] = {}
        self._size = 0

    def __bool__(self) -> bool:
        """Tell whether any call was begun."""
        return bool(self._calls)

    def take(self, fragments: Any) -> None:
        """Take the `tool_calls` of a delta. Raises NoAnswer for what is none."""
        if not isinstance(fragments, list):
            raise _malformed()
        for place, fragment in enumerate(fragments):
            if not isinstance(fragment, dict):
                raise _malformed()
            self._add(place, fragment)

    def whole(self) -> tuple[ToolCall, ...]:
        """Return the calls in their order. Ids that are missing, odd or there twice are replaced."""
        used: set[str] = set()
        calls = []
        for number, call in enumerate(self._calls):
            own = call.id if _ID.fullmatch(call.id) and call.id not in used else f"call_{number}_of_{len(self._calls)}"
            used.add(own)
            calls.append(ToolCall(own, call.name, "".join(call.arguments)))
        return tuple(calls)

    def _add(self, place: int, fragment: Mapping[str, Any]) -> None:
        index = fragment.get("index", place)
        function = fragment.get("function") or {}
        if isinstance(index, bool) or not isinstance(index, int) or not isinstance(function, dict):
            raise _malformed()
        own, name = _text(fragment.get("id")), _text(function.get("name"))
        call = self._by_index.get(index)
        if call is None or (own and name and call.id not in ("", own)):
            call = self._begun(index)
        call.id = call.id or own
        call.name = call.name or name
        piece = _text(function.get("arguments"))
        self._size += len(piece) + len(name) + len(own)
        if self._size > _LONGEST:
            raise NoAnswer(Failure.TOO_LONG, f"more than {_LONGEST} characters of tool calls")
        call.arguments.append(piece)

    def _begun(self, index: int) -> _Gathered:
        if len(self._calls) == _MOST:
            raise NoAnswer(Failure.TOO_LONG, f"more than {_MOST} tool calls at once")
        call = self._by_index[index] = _Gathered()
        self._calls.append(call)
        return call


def declared(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Word tools as a request offers them."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.asked_of_model)},
        }
        for tool in tools
    ]


def exchange(said: str, calls: Sequence[ToolCall], results: Sequence[str]) -> list[dict[str, Any]]:
    """Word a model's calls, and what came of them, as messages that follow the prompt."""
    asked = [
        {
            "id": call.id,
            "type": "function",
            # servers refuse what they would not have written themselves
            "function": {"name": _named(call.name), "arguments": _readable(call.arguments)},
        }
        for call in calls
    ]
    told = [
        {"role": "tool", "tool_call_id": call.id, "content": result}
        for call, result in zip(calls, results, strict=True)
    ]
    return [{"role": "assistant", "content": said or None, "tool_calls": asked}, *told]


def _named(name: str) -> str:
    return name if _NAME.fullmatch(name) else "unknown"


def _readable(arguments: str) -> str:
    try:
        return arguments if isinstance(json.loads(arguments), dict) else "{}"
    except (ValueError, RecursionError):
        return "{}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _malformed()
    # halves of surrogate pairs, which JSON can write and UTF-8 cannot
    return value if value.isascii() else value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _malformed() -> NoAnswer:
    return NoAnswer(Failure.MALFORMED, "no tool calls")
