"""Makes sense of a stream of `chat.completion.chunk` objects, and trusts none of them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from chatterkeep.answerers.toolcalls import ToolCalls
from chatterkeep.domain.answers import Failure, NoAnswer, Usage

LONGEST_TEXT: Final = 16 * 1024
"""Bytes of UTF-8 that an answer may have."""

_LARGEST_COUNT: Final = 2**31
_CHARACTERS_PER_TOKEN: Final = 4


class Completion:
    """What a stream has said so far. `finish` is the provider's reason for the end, once it has given one.

    `calls` gathers the calls of tools, where any were offered; `spoke` tells whether the last event brought text or a
    call. `longest` is how many bytes of text it may have.
    """

    def __init__(self, calls: ToolCalls | None = None, longest: int = LONGEST_TEXT) -> None:
        self.calls = calls
        self.finish: str | None = None
        self.spoke = False
        self._longest = longest
        self.characters = 0
        self.bytes = 0
        self._model: str | None = None
        self._counts: Mapping[str, Any] = {}

    def take(self, data: bytes) -> str:
        """Take the data of one event and return the text in it, often none. Raises NoAnswer."""
        if data == b"[DONE]":
            return ""
        chunk = _object(_parsed(data))
        if chunk.get("error"):
            raise NoAnswer(Failure.SERVER_ERROR, "an error in the stream")
        self._model = self._model or _text(chunk.get("model")) or None
        self._counts = _object(chunk.get("usage") or self._counts)
        choices = chunk.get("choices") or [{}]
        if not isinstance(choices, list):
            raise _malformed()
        choice = _object(choices[0])
        delta = _object(choice.get("delta") or {})
        fragments = delta.get("tool_calls") if self.calls is not None else None
        if self.calls is not None and fragments:
            self.calls.take(fragments)
        text = self._measured(_text(delta.get("content")))
        self.spoke = bool(text or fragments)
        self.finish = _text(choice.get("finish_reason")) or self.finish
        return text

    def conclude(self) -> bool:
        """Say at the end of the stream whether the limit of length ended the answer. Raises NoAnswer if it is none."""
        if self.finish is None:
            raise NoAnswer(Failure.CUT_OFF, "no finish_reason") if self.characters else NoAnswer(Failure.EMPTY)
        if self.finish == "content_filter":
            raise NoAnswer(Failure.REFUSED, "content_filter")
        if not self.characters and not self.calls:
            raise NoAnswer(Failure.EMPTY)
        return self.finish == "length"

    def usage(self, asked: int, model: str) -> Usage:
        """What it cost, as the provider counts; where it does not say, about 4 characters are a token.

        `asked` is how many characters the request had, and `model` its model.
        """
        named = "".join(c for c in self._model or "" if c.isprintable())  # no database takes everything
        return Usage(
            named or model,
            _count(self._counts.get("prompt_tokens"), asked),
            _count(self._counts.get("completion_tokens"), self.characters),
        )

    def _measured(self, text: str) -> str:
        try:
            self.bytes += len(text.encode())
        except UnicodeEncodeError:
            # half of a surrogate pair, which JSON can write and UTF-8 cannot
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self.bytes += len(text.encode())
        self.characters += len(text)
        if self.bytes > self._longest:
            raise NoAnswer(Failure.TOO_LONG, f"more than {LONGEST_TEXT} bytes of text")
        return text


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode(errors="replace"))
    except (ValueError, RecursionError):
        raise _malformed() from None


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _malformed()
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _malformed()
    return value


def _count(value: Any, characters: int) -> int:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT
    return int(value) if known else -(-characters // _CHARACTERS_PER_TOKEN)


def _malformed() -> NoAnswer:
    return NoAnswer(Failure.MALFORMED, "no chat.completion.chunk")
