"""The ways in which the fake server answers, one script each, by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import Enum, auto
from time import time
from types import MappingProxyType

from tests.llm import replies


class End(Enum):
    """What becomes of the connection after a script's last step."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()


Step = tuple[float, bytes | End]
"""Seconds to wait, then what to write or how to end; a script that runs out closes the connection."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a script knows: the question, the tokens to say, the pace in seconds, whether usage was asked for."""

    question: str
    tokens: list[str]
    first: float
    between: float
    usage: bool


Script = Callable[[Order], Iterator[Step]]


def well(order: Order) -> Iterator[Step]:
    """The good answer, one write for each token."""
    yield order.first, replies.STREAM + replies.token(order.tokens[0])
    for token in order.tokens[1:]:
        yield order.between, replies.token(token)
    yield order.between, replies.ending(order.question, len(order.tokens), usage=order.usage)
    yield 0, End.KEEP


def _half(order: Order) -> Iterator[Step]:
    yield order.first, replies.STREAM + replies.token(order.tokens[0])
    for token in order.tokens[1 : len(order.tokens) // 2]:
        yield order.between, replies.token(token)


def _half_then(*steps: Step) -> Script:
    def script(order: Order) -> Iterator[Step]:
        yield from _half(order)
        yield from steps

    return script


def _only(*steps: Step) -> Script:
    def script(order: Order) -> Iterator[Step]:
        yield from steps

    return script


def _says(*data: bytes) -> Script:
    return _only((0, replies.STREAM + b"".join(data) + replies.LAST_CHUNK), (0, End.KEEP))


def _page(response: bytes) -> Script:
    return _only((0, response), (0, End.KEEP))


def _finishing(reason: str, text: bool = True) -> Script:
    def script(order: Order) -> Iterator[Step]:
        if text:
            yield from _half(order)
        else:
            yield 0, replies.STREAM
        yield order.between, replies.ending(order.question, len(order.tokens), reason, order.usage)
        yield 0, End.KEEP

    return script


def _over_quota(retry_after: Callable[[], str]) -> Script:
    def script(order: Order) -> Iterator[Step]:
        header = f"Retry-After: {retry_after()}\r\n"
        yield 0, replies.error("429 Too Many Requests", "Slow down.", "rate_limit_exceeded", header)
        yield 0, End.KEEP

    return script


def _slow(seconds: float) -> Script:
    def script(order: Order) -> Iterator[Step]:
        (_, opening), *others = well(order)
        yield seconds, opening
        yield from others

    return script


def _repeat(wait: float, data: bytes) -> Script:
    def script(order: Order) -> Iterator[Step]:
        yield from _half(order)
        while True:
            yield wait, data

    return script


def _tiny(order: Order) -> Iterator[Step]:
    yield 0, replies.STREAM
    for word in order.tokens:
        data = replies.token(word).split(b"\r\n", 1)[1][:-2]
        for byte in replies.in_bytes(data):
            yield 0, byte
    yield 0, replies.ending(order.question, len(order.tokens), usage=order.usage)
    yield 0, End.KEEP


def _carriage_returns(order: Order) -> Iterator[Step]:
    yield 0, replies.STREAM + replies.chunk(b"\xef\xbb\xbf: hello\r\r")
    for step in list(well(order))[:-1]:
        data = step[1]
        yield step[0], data.removeprefix(replies.STREAM).replace(b"\n\n", b"\r\r") if isinstance(data, bytes) else data
    yield 0, End.KEEP


def _keeps_talking(order: Order) -> Iterator[Step]:
    yield from _half(order)
    yield 0, replies.piece([replies.choice({}, "stop")])
    yield 0, End.HANG


def _huge(order: Order) -> Iterator[Step]:
    size = 50 * 1024 * 1024
    yield 0, replies.STREAM + b"%x\r\ndata: " % size
    for _ in range(size // 65536):
        yield 0, b"x" * 65536
    yield 0, End.CLOSE


_TEXT = replies.piece([replies.choice({"content": "word " * 200})])
_ERROR_BODY = b'{"error": {"message": "The engine is gone.", "type": "server_error"}}'
_CONTEXT = replies.error("400 Bad Request", "Too many tokens.", "context_length_exceeded")
_UNAUTHORIZED = replies.error("401 Unauthorized", "Incorrect API key provided: sk-seen.", "invalid_api_key")
_HTML = b"<!doctype html><title>Sign in to this network</title>"

SCRIPTS = MappingProxyType[str, Script](
    {
        "none": well,
        "hang": _only((0, End.HANG)),
        "hang-before-first": _only((0, replies.STREAM), (0, End.HANG)),
        "hang-mid-stream": _half_then((0, End.HANG)),
        "hang-after-finish": _keeps_talking,
        "trickle": _repeat(0.5, replies.chunk(b": still here\n\n")),
        "trickle-before-first": _only(
            (0, replies.STREAM), *[(0.1, replies.chunk(b": wait\n\n"))] * 600, (0, End.CLOSE)
        ),
        "drip-headers": _only((0, b"HTTP/1.1 200 OK\r\n"), *[(0.1, b"X-Drip: 1\r\n")] * 600, (0, End.CLOSE)),
        "no-finish": _half_then((0, replies.event(b"[DONE]") + replies.LAST_CHUNK), (0, End.KEEP)),
        "clean-cut": _only((0, replies.UNFRAMED + b"data: " + _TEXT.split(b"data: ", 1)[1][:-2]), (0, End.CLOSE)),
        "chunked-cut": _half_then((0, End.CLOSE)),
        "cut-before-headers": _only((0, End.CLOSE)),
        "reset": _half_then((0, End.RESET)),
        "bad-json": _says(replies.event(b'{"choices": [')),
        "not-an-object": _says(replies.event(b"[1, 2]")),
        "odd-types": _says(replies.event(b'{"choices": [{"delta": {"content": 5}}]}')),
        "not-http": _only((0, b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), (0, End.CLOSE)),
        "html": _page(replies.page("200 OK", _HTML, "text/html")),
        "gzip": _page(replies.page("200 OK", b"\x1f\x8b", "text/event-stream", "Content-Encoding: gzip\r\n")),
        "redirect": _page(replies.page("307 Temporary Redirect", b"", headers="Location: /v1/chat/completions\r\n")),
        "empty-choices": _says(replies.piece([]), replies.event(b"[DONE]")),
        "no-text": _finishing("stop", text=False),
        "null-content": _says(replies.piece([replies.choice({"content": None})]), replies.ending("", 0)[:-5]),
        "error-mid-stream": _half_then((0, replies.event(_ERROR_BODY) + replies.LAST_CHUNK), (0, End.KEEP)),
        "length": _finishing("length"),
        "content-filter": _finishing("content_filter"),
        "tool-calls": _finishing("tool_calls"),
        "tool-calls-only": _finishing("tool_calls", text=False),
        "unknown-finish": _finishing("tired"),
        "unauthorized": _page(_UNAUTHORIZED),
        "forbidden": _page(replies.error("403 Forbidden", "Not here.")),
        "context": _page(_CONTEXT),
        "not-found": _page(replies.error("404 Not Found", "No such model.", "model_not_found")),
        "unprocessable": _page(replies.error("422 Unprocessable Content", "Not like that.")),
        "timeout": _page(replies.error("408 Request Timeout", "Too late.")),
        "conflict": _page(replies.error("409 Conflict", "Both at once.")),
        "quota-3": _over_quota(lambda: "3"),
        "quota-600": _over_quota(lambda: "600"),
        "quota-day": _over_quota(lambda: "86400"),
        "quota-negative": _over_quota(lambda: "-1"),
        "quota-date": _over_quota(lambda: formatdate(time() + 20, usegmt=True)),
        "quota-junk": _over_quota(lambda: "soon, perhaps"),
        "500": _page(replies.error("500 Internal Server Error", "Oops.")),
        "502": _page(replies.page("502 Bad Gateway", _HTML, "text/html")),
        "503": _page(replies.error("503 Service Unavailable", "Busy.", headers="Retry-After: 120\r\n")),
        "endless-error": _only((0, b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n"), *[(0, b"x" * 65536)] * 800),
        "endless": _repeat(0, _TEXT),
        "endless-comments": _repeat(0, replies.chunk(b":" + b" " * 1000 + b"\n")),
        "huge-chunk": _huge,
        "tiny-chunks": _tiny,
        "carriage-returns": _carriage_returns,
        "no-usage": lambda order: well(replace(order, usage=False)),
        **{f"slow-{seconds}": _slow(seconds) for seconds in (1, 5, 20, 60)},
    }
)
"""All but `refuse`, which closes the door instead of answering."""
