"""Declarations of tools for tests, and what their servers say."""

import json
from pathlib import Path
from typing import Any

from tests.gateway import Gateway

FLIGHT = """
[tools.flight_status]
description = "Tells where a flight is."
url = "{airline}/flights/{{flight_no}}?date={{date}}"
timeout = 1

[tools.flight_status.arguments]
required = ["flight_no"]

[tools.flight_status.arguments.properties]
flight_no = {{ type = "string" }}
date = {{ type = "string", format = "date" }}
"""


def tools_file(folder: Path, airline: Gateway, *declared: str) -> Path:
    """Write a file of tools that this server answers."""
    path = folder / "tools.toml"
    path.write_text("\n".join(one.format(airline=airline.url(path="")) for one in declared))
    return path


def says(answer: Any, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    """A whole response."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body
