"""Types the lines of curl that the page shows."""

import re
import shlex
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import quote

HOST = "http://localhost"


def shown(page: str) -> list[tuple[str, str]]:
    """The lines of curl on a page, each with the answer shown after it."""
    blocks = [unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)]
    return [(line, after) for line, after in pairwise(blocks) if line.startswith("curl ")]


def request_of(line: str, **variables: str) -> dict[str, Any]:
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
            case "-d":
                found["data"].append(words.pop(0))
            case "--data-urlencode":
                name, _, value = words.pop(0).partition("=")
                found["data"].append(f"{name}={quote(value)}")
                found["content_type"] = "application/x-www-form-urlencoded"
            case _:
                assert word.startswith(f"{HOST}/"), word
                found["path"] = word.removeprefix(HOST)
    data = "&".join(found.pop("data"))
    return {"method": "POST" if data else "GET", **found, **({"data": data} if data else {})}
