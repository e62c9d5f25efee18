"""What the fake server writes: bytes of HTTP/1.1 responses, with chunked framing, and server-sent events."""

import hashlib
import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

WORDS = [
    "the",
    "answer",
    "grows",
    "word",
    "by",
    "word",
    "until",
    "it",
    "says",
    "all",
    "that",
    "it",
    "has",
    "to",
    "say",
    "and",
    "then",
    "it",
    "ends",
]
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
UNFRAMED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


def words(question: str, count: int) -> list[str]:
    """The default answer, in pieces: the same question gives the same answer, and different ones differ."""
    head = f"Answer to {hashlib.sha256(question.encode()).hexdigest()[:8]}:"
    return [head, *(f" {word}" for word in islice(cycle(WORDS), max(0, count - 1)))]


def chunk(data: bytes) -> bytes:
    """A chunk of a body (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(data: bytes) -> bytes:
    """An event, as a chunk."""
    return chunk(b"data: %b\n\n" % data)


def piece(choices: list[dict[str, Any]], **more: Any) -> bytes:
    """An event that carries one `chat.completion.chunk`."""
    head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1760000000, "model": "fake-1"}
    return event(json.dumps({**head, "choices": choices, **more}).encode())


def choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    """The one choice of a piece."""
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


_MARK = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
_BEFORE, _AFTER = json.dumps(
    {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "fake-1",
        "choices": [choice({"content": _MARK})],
    }
).split(json.dumps(_MARK))


def token(text: str) -> bytes:
    """An event that carries one token: what `piece` would write, without building it anew each time."""
    return event(f"{_BEFORE}{json.dumps(text)}{_AFTER}".encode())


def ending(question: str, tokens: int, finish: str = "stop", usage: bool = True) -> bytes:
    """What follows the last token: the reason, the usage if it was asked for, the mark of the end, the last chunk."""
    counts = {"prompt_tokens": len(question.split()), "completion_tokens": tokens}
    counts["total_tokens"] = sum(counts.values())
    told = piece([], usage=counts) if usage else b""
    return b"".join([piece([choice({}, finish)]), told, event(b"[DONE]"), LAST_CHUNK])


def page(status: str, body: bytes, kind: str = "application/json", headers: str = "") -> bytes:
    """A whole response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def error(status: str, message: str, code: str | None = None, headers: str = "") -> bytes:
    """A whole response that reports an error the way OpenAI does."""
    body = {"error": {"message": message, "type": "fake_error", "param": None, "code": code}}
    return page(status, json.dumps(body).encode(), headers=headers)


def in_bytes(data: bytes) -> Iterator[bytes]:
    """Every byte in a chunk of its own."""
    return (chunk(data[at : at + 1]) for at in range(len(data)))
