"""Turns the file of tools into checked declarations. docs/tools.md describes the file."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chatterkeep.domain.addresses import AddressTemplate, parse_template
from chatterkeep.domain.errors import InvalidTools
from chatterkeep.domain.tools import NAME, UNKNOWN, Method, Secret, Tool
from chatterkeep.toolbox.schemas import schema_problem

MOST_TOOLS: Final = 32
"""Tools in a file: all of them are told to the model at each question."""

SLOWEST: Final = 30.0
LARGEST: Final = 1024 * 1024

KEYS: Final = {
    "title",
    "description",
    "method",
    "url",
    "arguments",
    "from_context",
    "fields",
    "headers",
    "timeout",
    "largest",
    "personal",
}
"""What may be said of a tool."""

_SECRET_KEYS: Final = {"env", "file", "prefix"}
_OURS: Final = "CHATTERKEEP_"
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_FRAMING: Final = frozenset({"host", "content-length", "content-type", "connection", "transfer-encoding", "accept"})
_IN_URL: Final = ("string", "integer", "number", "boolean")
_FIELD: Final = re.compile(r"[^.\s]+(\.[^.\s]+)*")


class _Mistake(Exception):
    """A declaration that cannot be used; the sentence says where."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file, and what it is called in sentences."""

    values: Mapping[str, Any]
    where: str

    def only(self, allowed: set[str]) -> None:
        for key in self.values:
            if key not in allowed:
                known = ", ".join(sorted(allowed))
                raise _Mistake(f"{self.where} has the unknown key {key!r}; known are {known}.")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if value is None:
            raise _Mistake(f"{self.where} has no {key!r}.")
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise _Mistake(f"{self.where}: {key!r} must be a text.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _Mistake(f"{self.where}: {key!r} must be a list of texts.")
        return tuple(value)

    def number(self, key: str, default: float, most: float) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
            raise _Mistake(f"{self.where}: {key!r} must be a number above 0 and up to {most:g}.")
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise _Mistake(f"{self.where}: {key!r} must be true or false.")
        return value

    def table(self, key: str, value: Any = None) -> "_Table":
        value = self.values.get(key, {}) if value is None else value
        if not isinstance(value, dict):
            raise _Mistake(f"{self.where}: {key!r} must be a table.")
        return _Table(value, f"{self.where}, {key}")


def load_tools(path: Path, environment: Mapping[str, str]) -> tuple[Tool, ...]:
    """Load and check a TOML file of tools; their secrets come from the `environment` and from files beside it.

    Raises InvalidTools with every mistake of the file.
    """
    try:
        file = _Table(tomllib.loads(path.read_bytes().decode()), "the file")
        file.only({"tools"})
        declared = file.table("tools").values
    except OSError as error:
        raise InvalidTools([f"{path}: cannot be read ({error.strerror})."]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidTools([f"{path}: is not valid TOML: {error}."]) from error
    except _Mistake as error:
        raise InvalidTools([f"{path}: {error}"]) from error
    if not 1 <= len(declared) <= MOST_TOOLS:
        raise InvalidTools(
            [f"{path}: declares {len(declared)} tools; it must be 1 to {MOST_TOOLS}, [tools.NAME] each."]
        )
    tools, problems = [], []
    for name, values in declared.items():
        try:
            tools.append(_tool(name, values, path.parent, environment))
        except _Mistake as error:
            problems.append(f"{path}: {error}")
    if problems:
        raise InvalidTools(problems)
    return tuple(tools)


def _tool(name: str, values: Any, folder: Path, environment: Mapping[str, str]) -> Tool:
    where = f"tool {name!r}"
    if not isinstance(values, dict):
        raise _Mistake(f"{where} is not a table: write [tools.{name}].")
    table = _Table(values, where)
    if not NAME.fullmatch(name) or name == UNKNOWN:
        raise _Mistake(f"{where}: a name is lower-case letters, digits and _, a letter first, and not {UNKNOWN!r}.")
    table.only(KEYS)
    tool = Tool(
        name=name,
        title=table.text("title", name.replace("_", " ")),
        description=table.text("description"),
        method=_method(table),
        address=_address(table),
        arguments=_arguments(table),
        from_context=table.texts("from_context"),
        fields=table.texts("fields"),
        headers=dict(_headers(table.table("headers"), folder, environment)),
        seconds=table.number("timeout", 5.0, SLOWEST),
        largest=int(table.number("largest", 64 * 1024, LARGEST)),
        personal=table.flag("personal"),
    )
    if problem := next(_problems(tool), None):
        raise _Mistake(f"{where}: {problem}.")
    return tool


def _problems(tool: Tool) -> Iterator[str]:
    """Yield what does not fit together."""
    properties, slots = tool.arguments["properties"], tool.address.slots
    yield from (f"the url has the slot {{{slot}}}, which is no argument" for slot in sorted(slots - properties.keys()))
    for slot in sorted(tool.address.in_path - set(tool.arguments["required"])):
        yield f"{slot!r} stands in the path of the url, so it must be among the required arguments"
    for slot in sorted(slots):
        if properties[slot].get("type") not in _IN_URL:
            yield f"{slot!r} stands in the url, so its type must be {', '.join(_IN_URL[:-1])} or {_IN_URL[-1]}"
    yield from (f"from_context names {name!r}, no argument" for name in tool.from_context if name not in properties)
    if tool.method is Method.GET and (without := sorted(properties.keys() - slots)):
        yield f"the argument {without[0]!r} stands nowhere in the url, and a GET has no other place for it"
    if wrong := [path for path in tool.fields if not _FIELD.fullmatch(path)]:
        yield f"fields names {wrong[0]!r}; a path is names with dots between, such as departure.gate"


def _method(table: _Table) -> Method:
    written = table.text("method", "GET")
    if written not in ("GET", "POST"):
        raise _Mistake(f"{table.where}: method is {written!r}; it may be 'GET' or 'POST'.")
    return Method(written)


def _address(table: _Table) -> AddressTemplate:
    try:
        return parse_template(table.text("url"))
    except ValueError as error:
        raise _Mistake(f"{table.where}: the url {error}.") from None


def _arguments(table: _Table) -> Mapping[str, Any]:
    written = table.table("arguments").values
    schema = {"type": "object", "properties": {}, "required": [], **written, "additionalProperties": False}
    if problem := schema_problem(schema):
        raise _Mistake(f"{table.where}: the schema of the arguments {problem}.")
    if schema["type"] != "object" or not all(isinstance(value, dict) for value in schema["properties"].values()):
        raise _Mistake(f"{table.where}: the schema of the arguments must be of type 'object', with properties.")
    return schema


def _headers(table: _Table, folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, Secret]]:
    for name, value in table.values.items():
        if not _HEADER.fullmatch(name) or name.lower() in _FRAMING:
            raise _Mistake(f"{table.where}: {name!r} is no header that can be set.")
        plain = isinstance(value, str)
        prefix, core = (value, "") if plain else _secret(table.table(name, value), folder, environment)
        text = prefix + core
        if not text.isascii() or not text.isprintable() or not text:
            raise _Mistake(f"{table.where}: the value of {name} must be one line of visible ASCII.")
        yield name, Secret(text, core)


def _secret(table: _Table, folder: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return what stands before a secret, and the secret."""
    table.only(_SECRET_KEYS)
    variable, file = table.text("env", ""), table.text("file", "")
    if bool(variable) == bool(file):
        raise _Mistake(f'{table.where}: name where the secret is, by env = "VARIABLE" or by file = "path".')
    core = _from_file(table, folder / file) if file else _from(table, variable, environment)
    return table.text("prefix", ""), core


def _from(table: _Table, variable: str, environment: Mapping[str, str]) -> str:
    if variable.startswith(_OURS):
        raise _Mistake(f"{table.where}: {variable} would be taken for a setting; choose a name without {_OURS}.")
    if not environment.get(variable):
        raise _Mistake(f"{table.where}: the environment has no {variable}.")
    return environment[variable]


def _from_file(table: _Table, file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _Mistake(f"{table.where}: {file} cannot be read ({type(error).__name__}).") from None
