"""The file of tools: what it may say, and the sentences for what it may not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from chatterkeep.domain.errors import InvalidTools
from chatterkeep.domain.tools import Method, Tool
from chatterkeep.toolbox.loader import MOST_TOOLS, load_tools

GOOD = """
[tools.flight_status]
description = "Where a flight is."
url = "https://api.example/flights/{no}?date={date}"
arguments.required = ["no"]
arguments.properties.no.type = "string"
arguments.properties.date.type = "string"
"""
CANARY = "ck-canary-5ecret"


def load(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> tuple[Tool, ...]:
    path = folder / "tools.toml"
    path.write_text(text)
    return load_tools(path, environment or {})


def problems(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(InvalidTools) as caught:
        load(folder, text, environment)
    return caught.value.problems


def test_a_tool_has_sensible_defaults(tmp_path: Path) -> None:
    (tool,) = load(tmp_path, GOOD)
    assert (tool.name, tool.title, tool.method) == ("flight_status", "flight status", Method.GET)
    assert (tool.seconds, tool.largest, tool.personal, tool.headers) == (5, 64 * 1024, False, {})
    assert tool.arguments["additionalProperties"] is False


def test_everything_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{CANARY}\n")
    (tool,) = load(
        tmp_path,
        GOOD
        + """
title = "where a flight is"
method = "GET"
timeout = 2.5
largest = 1000
fields = ["status", "departure.gate"]
from_context = ["no"]
personal = true
headers.X-Plain = "as it stands"
headers.X-Key = { file = "key" }
headers.Authorization = { env = "FLIGHTS_KEY", prefix = "Bearer " }
""",
        {"FLIGHTS_KEY": CANARY},
    )
    assert (tool.title, tool.seconds, tool.largest, tool.personal) == ("where a flight is", 2.5, 1000, True)
    assert {name: value.reveal() for name, value in tool.headers.items()} == {
        "X-Plain": "as it stands",
        "X-Key": CANARY,
        "Authorization": f"Bearer {CANARY}",
    }
    assert CANARY not in repr(tool)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("tittle = 1", "unknown key 'tittle'"),
        ("title = 1", "'title' must be a text"),
        ("method = 'PUT'", "may be 'GET' or 'POST'"),
        ("timeout = 0", "'timeout' must be a number above 0 and up to 30"),
        ("timeout = '5s'", "'timeout' must be a number"),
        ("largest = 99999999", "'largest' must be"),
        ("personal = 'yes'", "'personal' must be true or false"),
        ("fields = ['a..b']", "fields names 'a..b'"),
        ("fields = 'a'", "'fields' must be a list of texts"),
        ("from_context = ['seat']", "from_context names 'seat'"),
        ("arguments.properties.seat.type = 'string'", "'seat' stands nowhere in the url"),
        ("arguments.properties.no.minLength = 'x'", "is no JSON schema"),
        ("arguments.properties.no.'$ref' = 'https://evil.example/schema'", "refers to another document"),
        ("arguments.type = 'array'", "must be of type 'object'"),
        ("headers.Host = 'evil.example'", "'Host' is no header that can be set"),
        ("headers.'X Y' = 'a'", "is no header that can be set"),
        ('headers.X = "a\\r\\nY: b"', "must be one line of visible ASCII"),
        ("headers.X = { env = 'MISSING' }", "the environment has no MISSING"),
        ("headers.X = { env = 'CHATTERKEEP_KEY' }", "would be taken for a setting"),
        ("headers.X = { file = 'missing' }", "cannot be read (FileNotFoundError)"),
        ("headers.X = { prefix = 'Bearer ' }", "name where the secret is"),
        ("headers.X = { secret = 'a' }", "unknown key 'secret'"),
        ("headers.X = 5", "must be a table"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_that_names_the_tool(tmp_path: Path, more: str, said: str) -> None:
    (problem,) = problems(tmp_path, f"{GOOD}{more}\n")
    assert said in problem
    assert problem.startswith(f"{tmp_path / 'tools.toml'}: tool 'flight_status'")
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "declares 0 tools"),
        ("tools = 5", "must be a table"),
        ("[tool.a]", "unknown key 'tool'"),
        ("[tools.a", "is not valid TOML"),
        ("tools.a = 5", "is not a table"),
        ("[tools.A]", "a name is lower-case letters"),
        ("[tools.unknown]", "not 'unknown'"),
        ("[tools.a]", "has no 'description'"),
        ("[tools.a]\ndescription = ' '", "'description' must be a text"),
        ("[tools.a]\ndescription = 'b'", "has no 'url'"),
        ("[tools.a]\ndescription = 'b'\nurl = 'https://{x}/'", "the url must be"),
        ("[tools.a]\ndescription = 'b'\nurl = 'https://api.example/{x}'", "the slot {x}, which is no argument"),
        (GOOD.replace("arguments.required", "arguments.examples"), "must be among the required arguments"),
        (GOOD.replace('date.type = "string"', 'date.type = "array"'), "its type must be string"),
        ("\n".join(f"[tools.a{n}]" for n in range(MOST_TOOLS + 1)), "it must be 1 to 32"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in problems(tmp_path, text)[0]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "[tools.a]\n[tools.b]\n")) == 2


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidTools, match="cannot be read"):
        load_tools(tmp_path / "none.toml", {})


def test_no_sentence_holds_a_secret(tmp_path: Path) -> None:
    told = problems(tmp_path, f"{GOOD}headers.X = {{ env = 'KEY' }}\n", {"KEY": f"{CANARY}\n{CANARY}"})
    assert CANARY not in "".join(told)
