"""Turns dialogue files into checked flows."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from chatterkeep.domain.errors import InvalidFlow
from chatterkeep.domain.flow import Flow, State, Transition
from chatterkeep.domain.keywords import normalise

BUILT_IN: Final = Path(__file__).parent

_FLOW_KEYS = {"name", "start", "summary", "help", "restart", "answered_by", "states"}
_STATE_KEYS = {"transitions", "hint", "examples", "final"}
_TRANSITION_KEYS = {"to", "reply", "says", "loose", "save", "answered_by"}

_ANSWERED_BY = ("bot", "model", "model or documents")


class _Mistake(Exception):
    """A file whose shape is wrong; the sentence says where."""


def load_flows(folder: Path | None = None) -> dict[str, Flow]:
    """Load the built-in flows and those in `folder`, by name; one's own flow replaces a built-in of its name.

    Raises InvalidFlow with every mistake of every file.
    """
    flows: dict[str, Flow] = {}
    problems: list[str] = []
    for path in _files(folder):
        try:
            flow = load_flow(path)
        except InvalidFlow as error:
            problems.extend(error.problems)
        else:
            flows[flow.name] = flow
    if problems:
        raise InvalidFlow(problems)
    return flows


def load_flow(path: Path) -> Flow:
    """Load and check one TOML file. Raises InvalidFlow."""
    try:
        text = path.read_bytes()
        flow = _flow(tomllib.loads(text.decode()), path, hashlib.sha256(text).hexdigest()[:12])
    except OSError as error:
        raise InvalidFlow([f"{path}: cannot be read ({error.strerror})."]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFlow([f"{path}: is not valid TOML: {error}."]) from error
    except _Mistake as error:
        raise InvalidFlow([f"{path}: {error}"]) from error
    if problems := flow.problems():
        raise InvalidFlow(problems)
    return flow


def _files(folder: Path | None) -> Iterator[Path]:
    yield from sorted(BUILT_IN.glob("*.toml"))
    if folder is None:
        return
    if not folder.is_dir():
        raise InvalidFlow([f"{folder}: the folder of flows does not exist."])
    yield from sorted(folder.glob("*.toml"))


def _flow(data: Mapping[str, Any], path: Path, version: str) -> Flow:
    _only(data, _FLOW_KEYS, "the flow")
    states = data.get("states")
    if not isinstance(states, dict) or not states:
        raise _Mistake("there is no [states.…] table.")
    answered_by = _text(data, "answered_by", "the flow", "bot")
    if answered_by not in ("bot", "human"):
        raise _Mistake(f"answered_by is {answered_by!r}; it may be 'bot' or 'human'.")
    return Flow(
        name=_text(data, "name", "the flow", path.stem),
        start=_text(data, "start", "the flow"),
        states={name: _state(name, table) for name, table in states.items()},
        summary=_text(data, "summary", "the flow", ""),
        help=_text(data, "help", "the flow", ""),
        restart=_text(data, "restart", "the flow", ""),
        human=answered_by == "human",
        version=version,
        source=str(path),
    )


def _state(name: str, table: Any) -> State:
    where = f"state {name!r}"
    if not isinstance(table, dict):
        raise _Mistake(f"{where} is not a table.")
    _only(table, _STATE_KEYS, where)
    transitions = table.get("transitions", [])
    if not isinstance(transitions, list):
        raise _Mistake(f"{where}: transitions are written as [[states.{name}.transitions]].")
    return State(
        name=name,
        transitions=tuple(_transition(t, where) for t in transitions),
        hint=_text(table, "hint", where, ""),
        examples=_texts(table, "examples", where),
        final=_flag(table, "final", where),
    )


def _transition(table: Any, where: str) -> Transition:
    if not isinstance(table, dict):
        raise _Mistake(f"{where} has a transition that is not a table.")
    _only(table, _TRANSITION_KEYS, where)
    answered_by = _text(table, "answered_by", where, "bot")
    if answered_by not in _ANSWERED_BY:
        known = "'bot', 'model' or 'model or documents'"
        raise _Mistake(f"{where}: answered_by is {answered_by!r}; in a transition it may be {known}.")
    return Transition(
        to=_text(table, "to", where),
        reply=_texts(table, "reply", where),
        says=frozenset(normalise(phrase) for phrase in _texts(table, "says", where)),
        save=_text(table, "save", where, "") or None,
        generated=answered_by != "bot",
        documents=answered_by == "model or documents",
        loose=_flag(table, "loose", where),
    )


def _only(table: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for key in table:
        if key not in allowed:
            raise _Mistake(f"{where} has the unknown key {key!r}; known are {', '.join(sorted(allowed))}.")


def _text(table: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if value is None:
        raise _Mistake(f"{where} has no {key!r}.")
    if not isinstance(value, str):
        raise _Mistake(f"{where}: {key!r} must be a text.")
    return value


def _texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Mistake(f"{where}: {key!r} must be a text or a list of texts.")
    return tuple(value)


def _flag(table: Mapping[str, Any], key: str, where: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise _Mistake(f"{where}: {key!r} must be true or false.")
    return value
