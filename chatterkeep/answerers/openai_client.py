"""Asks for chat completions and embeddings through the SDK of OpenAI: it signs in, words requests, tells errors apart.

The only module that imports `openai`, which takes 0.7 s and 45 MB: import it where it is needed, not at the top.
"""

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from chatterkeep.answerers.watch import Watch
from chatterkeep.answerers.wire import Transport, on_behalf_of
from chatterkeep.domain.answers import Failure, NoAnswer
from chatterkeep.services.ports import Call
from chatterkeep.services.retry_after import retry_after

_OPENAI: Final = "https://api.openai.com/v1"
_CODE: Final = re.compile(r"[a-z_]{1,60}")
_FAILURES: Final = {
    401: Failure.UNAUTHORIZED,
    403: Failure.UNAUTHORIZED,
    408: Failure.SERVER_ERROR,
    409: Failure.SERVER_ERROR,
    429: Failure.OVER_QUOTA,
}


class Reply:
    """A response that has begun: an iterator of the bytes of its event stream."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._watch: Watch = response.extensions["watch"]

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_raw()

    def finish(self) -> None:
        """The answer is complete: wait only a moment for the rest of the response."""
        self._watch.finish()


class Client:
    """A connection to a provider, for all threads of a process; not to be taken through a fork."""

    def __init__(self, api_key: str, base_url: str) -> None:
        for name in ("openai", "httpx2", "httpcore2"):
            # below, they write of requests and addresses
            logging.getLogger(name).setLevel(logging.WARNING)
        address = base_url or _OPENAI
        http = httpx2.Client(
            transport=Transport(address), headers={"Accept-Encoding": "identity"}, trust_env=False, timeout=None
        )
        # a server of one's own asks for no key, the SDK always does
        self._sdk = openai.OpenAI(api_key=api_key or "none", base_url=address, max_retries=0, http_client=http)

    @contextmanager
    def stream(self, request: dict[str, Any], call: Call) -> Iterator[Reply]:
        """Send a request and give the response once its headers came; it is closed at the end. Raises NoAnswer."""
        try:
            with on_behalf_of(call):
                response = self._post({**request, "stream": True})
        except openai.APIStatusError as error:
            raise _failure(error) from None
        try:
            if not _is_event_stream(response.headers):
                raise NoAnswer(Failure.MALFORMED, "no plain event stream")
            yield Reply(response)
        finally:
            response.close()

    def embed(self, model: str, texts: Sequence[str], call: Call) -> openai.types.CreateEmbeddingResponse:
        """Ask for the embeddings of some texts (https://platform.openai.com/docs/api-reference/embeddings).

        Raises NoAnswer and Unwanted, and what the SDK raises for an answer that it cannot read.
        """
        try:
            with on_behalf_of(call):
                # as plain numbers: not every server knows the shorter way that the SDK would choose
                return self._sdk.embeddings.create(model=model, input=list(texts), encoding_format="float")
        except openai.APIStatusError as error:
            raise _failure(error) from None

    def close(self) -> None:
        """Close the connections that are free."""
        self._sdk.close()

    def _post(self, body: dict[str, Any]) -> httpx2.Response:
        # what `chat.completions.create` does, without its walk through the types of all messages: half of the time
        stream = self._sdk.post(
            "/chat/completions",
            cast_to=ChatCompletionChunk,
            body=body,
            stream=True,
            stream_cls=openai.Stream[ChatCompletionChunk],
        )
        return stream.response


def _is_event_stream(headers: httpx2.Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "text/event-stream" and headers.get("content-encoding", "identity") == "identity"


def _failure(error: openai.APIStatusError) -> NoAnswer:
    status = error.status_code
    failure = _FAILURES.get(status, Failure.SERVER_ERROR if status >= 500 else Failure.BAD_REQUEST)
    # what else the provider says may quote the key or the conversation
    code = f" {error.code}" if _CODE.fullmatch(str(error.code or "")) else ""
    return NoAnswer(
        failure, f"HTTP {status}{code}", retry_after(error.response.headers.get("retry-after"), time.time())
    )
