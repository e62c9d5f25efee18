"""Declarations of tools for tests, and what their servers say."""

import json
from pathlib import Path
from typing import Any

from tests.gateway import Gateway
from tests.llm.connection import Request
from tests.llm.toolcalls import Round, Wanted

CANARY = "canary-5ecret-of-the-airline"

FLIGHT = """
[tools.flight_status]
title = "flight status"
description = "Tells where a flight is."
url = "AIRLINE/flights/{flight_no}?date={date}"
timeout = 30
largest = 2000
headers.X-Key = "SECRET"
arguments.required = ["flight_no"]
arguments.properties.flight_no = { type = "string", maxLength = 40 }
arguments.properties.date = { type = "string", format = "date" }
"""
HASTY = FLIGHT.replace("timeout = 30", "timeout = 0.5")
BOOKING = """
[tools.change_seat]
title = "change of seat"
description = "Gives a passenger another seat."
method = "POST"
url = "AIRLINE/bookings/{booking}/seat"
timeout = 30
personal = true
arguments.required = ["booking", "seat"]
arguments.properties.booking.type = "string"
arguments.properties.seat.type = "string"
"""


def tools_file(folder: Path, airline: Gateway, *declared: str) -> Path:
    """Write a file of tools that this server answers."""
    path = folder / "tools.toml"
    path.write_text("\n".join(declared).replace("AIRLINE", airline.url(path="")).replace("SECRET", CANARY))
    return path


def says(answer: Any, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    """A whole response."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def flight(flight_no: str = "CK42", **more: str) -> Round:
    """A model that looks a flight up."""
    return Round([Wanted("flight_status", {"flight_no": flight_no, **more})])


def given(request: Request) -> list[Any]:
    """What a model was given of its tools: a JSON value each, without the note."""
    told = [message["content"] for message in request.body["messages"] if message["role"] == "tool"]
    return [json.loads(text.rpartition("\n")[2]) for text in told]
