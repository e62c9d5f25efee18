"""What the fake server makes of texts: vectors that are close where texts hold words of the same meaning.

Each meaning has a direction of its own, drawn by its name, and a text points to the sum of those of its words. Words
that belong together are listed in ALIKE, by which a question finds a passage that has none of its words.
"""

import json
import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.llm import replies

LENGTH: Final = 96

ALIKE: Final = (
    ("furniture", "sofa", "wardrobe", "couch"),
    ("delivery", "deliver", "shipping", "shipment", "bring", "brought"),
    ("closed", "shut", "holidays", "vacation"),
    ("cost", "price", "charge", "fee", "euros"),
)
_MEANING: Final = {word: words[0] for words in ALIKE for word in words}
_COMMON: Final = re.compile(r"(?:an?|and|are|at|be|by|do|for|i|in|is|it|of|on|or|so|that|the|to|we|what|who|you|your)")


def vector(text: str) -> list[float]:
    """Return what a text means."""
    words = [word for word in re.findall(r"\w+", text.lower()) if not _COMMON.fullmatch(word)]
    directions = [_direction(_MEANING.get(word, word)) for word in words] or [_direction(text)]
    return [math.fsum(numbers) for numbers in zip(*directions, strict=True)]


def _direction(meaning: str) -> list[float]:
    draw = random.Random(meaning)
    return [draw.gauss(0, 1) for _ in range(LENGTH)]


def answer(texts: Sequence[str], model: str) -> dict[str, Any]:
    """Return what OpenAI's API answers, the last text first: clients must go by the index."""
    data = [{"object": "embedding", "index": place, "embedding": vector(text)} for place, text in enumerate(texts)]
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data[::-1], "model": model, "usage": usage}


def _with(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[dict[str, Any]], bytes]:
    def spoilt(whole: dict[str, Any]) -> bytes:
        change(whole["data"])
        return replies.page("200 OK", json.dumps(whole).encode())

    return spoilt


FAULTS: Final[Mapping[str, Callable[[dict[str, Any]], bytes]]] = {
    "one-missing": _with(lambda data: data.pop()),
    "of-two-lengths": _with(lambda data: data[0]["embedding"].pop()),
    "all-zero": _with(lambda data: data[0].update(embedding=[0.0] * LENGTH)),
    "not-a-number": _with(lambda data: data[0].update(embedding=[math.nan] * LENGTH)),
    "words": _with(lambda data: data[0].update(embedding=["much"] * LENGTH)),
    "twice-the-same-index": _with(lambda data: data[0].update(index=data[-1]["index"], embedding=[1.0])),
    "no-json": lambda _: replies.page("200 OK", b"<!doctype html>", "text/html"),
    "unauthorized": lambda _: replies.error("401 Unauthorized", "Wrong key sk-secret.", "invalid_api_key"),
    "over-quota": lambda _: replies.error("429 Too Many Requests", "Slow down.", "rate_limit", "Retry-After: 600\r\n"),
    "server-error": lambda _: replies.error("500 Internal Server Error", "Oh no."),
}


def response(body: Mapping[str, Any], fault: str, longest: int, refused: str | None) -> bytes | None:
    """Return a whole response, None to say nothing at all.

    A text above `longest` characters is refused, and one that holds the word `refused`.
    """
    texts = body["input"]
    if fault == "hang":
        return None
    if max(map(len, texts)) > longest:
        return replies.error("400 Bad Request", "The input is too long.", "context_length_exceeded")
    if refused and any(refused in text for text in texts):
        return replies.error("400 Bad Request", "The input is not allowed.", "content_policy")
    whole = answer(texts, str(body["model"]))
    return FAULTS[fault](whole) if fault in FAULTS else replies.page("200 OK", json.dumps(whole).encode())
