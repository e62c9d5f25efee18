"""Reads the requests that the page shows, and types those for curl."""

import re
import shlex
from html import unescape
from io import BytesIO
from itertools import pairwise
from typing import Any
from urllib.parse import quote

HOST = "http://localhost"
SENT = {"@cats.txt": b"Cats say meow.\n"}
"""The files that the lines name."""
_CODE = r'<pre[^>]*><code class="(\w+)">(.*?)</code>'


def shown(page: str, language: str = "curl") -> list[tuple[str, str]]:
    """The requests on a page in one language, each with the answer shown after it."""
    blocks = [(kind, unescape(text)) for kind, text in re.findall(_CODE, page, re.DOTALL)]
    kept = [(kind, text) for kind, text in blocks if kind in (language, "answer")]
    return [(text, answer) for (kind, text), (_, answer) in pairwise(kept) if kind == language]


def request_of(line: str, host: str = HOST, **variables: str) -> dict[str, Any]:
    """What curl would send: method, path, headers and body, as the arguments of `FlaskClient.open`."""
    for name, value in variables.items():
        line = line.replace(f"${name}", value)
    words = shlex.split(line.replace("\\\n", " "))[2:]
    found: dict[str, Any] = {"headers": [], "data": []}
    while words:
        word = words.pop(0)
        match word:
            case "-X":
                found["method"] = words.pop(0)
            case "-H":
                found["headers"].append(tuple(words.pop(0).split(": ", 1)))
            case "-F":
                found.setdefault("parts", {}).update(_part(words.pop(0)))
            case "-d":
                found["data"].append(words.pop(0))
            case "--data-urlencode":
                name, _, value = words.pop(0).partition("=")
                found["data"].append(f"{name}={quote(value)}")
                found["content_type"] = "application/x-www-form-urlencoded"
            case _:
                assert word.startswith(f"{host}/"), word
                found["path"] = word.removeprefix(host)
    data = found.pop("parts", None) or "&".join(found.pop("data"))
    found.pop("data", None)
    return {"method": "POST" if data else "GET", **found, **({"data": data} if data else {})}


def _part(word: str) -> dict[str, Any]:
    name, _, value = word.partition("=")
    return {name: (BytesIO(SENT[value]), value[1:]) if value in SENT else value}
