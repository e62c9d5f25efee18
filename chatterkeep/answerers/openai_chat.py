"""Answers by a language model, through the Chat Completions API that OpenAI and most other servers speak."""

import logging
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from chatterkeep.answerers.completion import LONGEST_TEXT, Completion
from chatterkeep.answerers.provider import Provider
from chatterkeep.answerers.sse import EventReader, EventTooLong
from chatterkeep.answerers.toolcalls import MOST_ROUNDS, ToolCalls, declared, exchange
from chatterkeep.domain.answers import Failure, NoAnswer, Unwanted, Usage
from chatterkeep.domain.prompt import Prompt
from chatterkeep.services.ports import Call

log = logging.getLogger(__name__)

LONGEST_EVENT: Final = 128 * 1024
"""Bytes of one event: the longest text in one piece, each byte of it written as `\\u00xx`, passes."""

_BREAK: Final = "\n\n"
"""Stands between what a model said before it called a tool and what it said after."""


class OpenAIChat:
    """An Answerer. `base_url` ends in `/v1`; empty, it is OpenAI's own. `api_key` may be empty for a server without."""

    def __init__(self, api_key: str, base_url: str, model: str, temperature: float | None, max_tokens: int) -> None:
        self._provider = Provider(api_key, base_url)
        self._model = model
        self._settings = parameters(base_url, model, temperature, max_tokens)

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self._model

    def prepare(self) -> None:
        """Do now what the first answer would have to wait for: about a second. Not before a fork."""
        self._provider.client()

    def close(self) -> None:
        """Close the connections that no answer uses."""
        self._provider.close()

    def answer(self, prompt: Prompt, call: Call) -> Iterator[str]:
        """Yield the answer piece by piece. Raises NoAnswer and Unwanted, nothing else."""
        try:
            yield from self._pieces(prompt, call)
        except (NoAnswer, Unwanted):
            raise
        except EventTooLong:
            raise NoAnswer(Failure.TOO_LONG, f"an event of more than {LONGEST_EVENT} bytes") from None
        except Exception as error:
            log.exception("answerer.broken")
            raise NoAnswer(Failure.BROKEN, type(error).__name__) from None

    def _pieces(self, prompt: Prompt, call: Call) -> Iterator[str]:
        """Ask, and ask again with what the tools gave, until the model answers. Text of before a call stays."""
        messages: list[dict[str, Any]] = [{"role": line.role.value, "content": line.text} for line in prompt.lines]
        written, rounds = 0, 0
        while True:
            may_call = call.tools is not None and rounds < MOST_ROUNDS
            completion = Completion(ToolCalls() if may_call else None, LONGEST_TEXT - written)
            said: list[str] = []
            for piece in self._round(completion, self._request(messages, call, may_call=may_call), call):
                if written and not said:
                    yield _BREAK
                said.append(piece)
                yield piece
            call.cut_short = completion.conclude()
            if not (call.tools and completion.calls):
                return
            calls = completion.calls.whole()
            messages += exchange("".join(said), calls, call.tools.use(calls, call))
            written, rounds = written + completion.bytes, rounds + 1
            call.asking()

    def _round(self, completion: Completion, request: dict[str, Any], call: Call) -> Iterator[str]:
        call.check()
        reader, before = EventReader(LONGEST_EVENT), call.usage
        with self._provider.client().stream(request, call) as reply:
            try:
                for chunk in reply:
                    for data in reader.feed(chunk):
                        text = completion.take(data)
                        if completion.spoke:
                            call.heard()
                        if text:
                            yield text
                        if completion.finish:
                            reply.finish()
            except NoAnswer:
                if not completion.finish:
                    raise
            finally:
                asked = sum(len(message["content"] or "") for message in request["messages"])
                call.usage = _sum(before, completion.usage(asked, self._model))

    def _request(self, messages: list[dict[str, Any]], call: Call, *, may_call: bool) -> dict[str, Any]:
        if call.tools is None:
            return {**self._settings, "messages": messages}
        # they stay to the end: servers refuse messages about tools that are not declared
        choice = {} if may_call else {"tool_choice": "none"}
        return {**self._settings, "messages": messages, "tools": declared(call.tools.offered), **choice}


def parameters(base_url: str, model: str, temperature: float | None, max_tokens: int) -> dict[str, Any]:
    """Return what each request says beside its messages.

    OpenAI's models that reason refuse `max_tokens`, and other servers hardly know the name that came after it.
    """
    is_openai = not base_url or urlsplit(base_url).hostname == "api.openai.com"
    longest = "max_completion_tokens" if is_openai else "max_tokens"
    chosen = {} if temperature is None else {"temperature": temperature}
    return {"model": model, longest: max_tokens, "stream_options": {"include_usage": True}, **chosen}


def _sum(before: Usage | None, usage: Usage) -> Usage:
    if before is None:
        return usage
    return Usage(
        usage.model,
        before.prompt_tokens + usage.prompt_tokens,
        before.completion_tokens + usage.completion_tokens,
    )
