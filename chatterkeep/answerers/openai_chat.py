"""Answers by a language model, through the Chat Completions API that OpenAI and most other servers speak."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from chatterkeep.answerers.completion import Completion
from chatterkeep.answerers.sse import EventReader, EventTooLong
from chatterkeep.domain.answers import Failure, NoAnswer, Unwanted
from chatterkeep.domain.prompt import Prompt
from chatterkeep.services.ports import Call

if TYPE_CHECKING:
    from chatterkeep.answerers.openai_client import Client

LONGEST_EVENT: Final = 128 * 1024
"""Bytes of one event: the longest text in one piece, each byte of it written as `\\u00xx`, passes."""


class OpenAIChat:
    """An Answerer. `base_url` ends in `/v1`; empty, it is OpenAI's own. `api_key` may be empty for a server without."""

    def __init__(self, api_key: str, base_url: str, model: str, temperature: float, max_tokens: int) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._model = model
        self._settings = {
            "model": model,
            "temperature": temperature,
            "max_tokens": max_tokens,
            "stream_options": {"include_usage": True},
        }
        self._lock = threading.Lock()
        self._client: Client | None = None

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self._model

    def prepare(self) -> None:
        """Do now what the first answer would have to wait for: about a second. Not before a fork."""
        self._connected()

    def close(self) -> None:
        """Close the connections that no answer uses."""
        if self._client is not None:
            self._client.close()

    def answer(self, prompt: Prompt, call: Call) -> Iterator[str]:
        """Yield the answer piece by piece. Raises NoAnswer and Unwanted, nothing else."""
        try:
            yield from self._pieces(prompt, call)
        except (NoAnswer, Unwanted):
            raise
        except EventTooLong:
            raise NoAnswer(Failure.TOO_LONG, f"an event of more than {LONGEST_EVENT} bytes") from None
        except Exception as error:
            raise NoAnswer(Failure.BROKEN, type(error).__name__) from None

    def _pieces(self, prompt: Prompt, call: Call) -> Iterator[str]:
        call.check()
        completion, reader = Completion(), EventReader(LONGEST_EVENT)
        with self._connected().stream(self._request(prompt), call) as reply:
            try:
                for chunk in reply:
                    for data in reader.feed(chunk):
                        if text := completion.take(data):
                            call.heard()
                            yield text
                        if completion.finish:
                            reply.finish()
            except NoAnswer:
                if not completion.finish:
                    raise
            finally:
                call.usage = completion.usage(prompt, self._model)
        call.cut_short = completion.conclude()

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        messages = [{"role": line.role.value, "content": line.text} for line in prompt.lines]
        return {**self._settings, "messages": messages}

    def _connected(self) -> "Client":
        if self._client is None:
            # it costs 0.7 s and 45 MB, which nobody should pay who has no language model
            from chatterkeep.answerers.openai_client import Client  # noqa: PLC0415

            with self._lock:
                if self._client is None:
                    self._client = Client(self._api_key, self._base_url)
        return self._client
