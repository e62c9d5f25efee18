"""Makes sense of a stream of `chat.completion.chunk` objects, and trusts none of them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from chatterkeep.domain.answers import Failure, NoAnswer, Usage
from chatterkeep.domain.prompt import Prompt

LONGEST_TEXT: Final = 16 * 1024
"""Bytes of UTF-8 that an answer may have."""

_LARGEST_COUNT: Final = 2**31
_CHARACTERS_PER_TOKEN: Final = 4


class Completion:
    """What a stream has said so far. `finish` is the provider's reason for the end, once it has given one."""

    def __init__(self) -> None:
        self.finish: str | None = None
        self.characters = 0
        self._bytes = 0
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
        text = self._measured(_text(_object(choice.get("delta") or {}).get("content")))
        self.finish = _text(choice.get("finish_reason")) or self.finish
        return text

    def conclude(self) -> bool:
        """Say at the end of the stream whether the limit of length ended the answer. Raises NoAnswer if it is none."""
        if self.finish is None:
            raise NoAnswer(Failure.CUT_OFF, "no finish_reason") if self.characters else NoAnswer(Failure.EMPTY)
        if self.finish == "content_filter":
            raise NoAnswer(Failure.REFUSED, "content_filter")
        if not self.characters:
            raise NoAnswer(Failure.EMPTY)
        return self.finish == "length"

    def usage(self, prompt: Prompt, model: str) -> Usage:
        """What it cost, as the provider counts; where it does not say, about 4 characters are a token."""
        asked = sum(len(line.text) for line in prompt.lines)
        named = "".join(c for c in self._model or "" if c.isprintable())  # no database takes everything
        return Usage(
            named or model,
            _count(self._counts.get("prompt_tokens"), asked),
            _count(self._counts.get("completion_tokens"), self.characters),
        )

    def _measured(self, text: str) -> str:
        try:
            self._bytes += len(text.encode())
        except UnicodeEncodeError:
            # half of a surrogate pair, which JSON can write and UTF-8 cannot
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self._bytes += len(text.encode())
        self.characters += len(text)
        if self._bytes > LONGEST_TEXT:
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
