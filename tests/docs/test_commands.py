"""Every command that a page names exists, with the options it names."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.docs.texts import PAGES, ROOT, blocks, name_of, spans

_SHELL = {"sh", "ini"}
_FLASK = re.compile(r"(?:^|[\s(=])(?:\S*/)?flask ((?:[a-z][\w-]*|--?[a-z-]+|\S+)(?: [^\n|;)>]*)?)", re.MULTILINE)
_MAKE = re.compile(r"(?:^|[\s(])make ([a-z][a-z-]*)", re.MULTILINE)


def commands(page: Path) -> list[str]:
    """What the page sets as something to type."""
    return [*(block.text for block in blocks(page) if block.language in _SHELL), *spans(page)]


def flask_commands(page: Path) -> Iterator[list[str]]:
    for text in commands(page):
        for found in _FLASK.findall(text.replace("\\\n", " ")):
            yield shlex.split(found.replace("…", ""))


def problem(root: click.Command, words: list[str]) -> str | None:
    """Say what is wrong with a command, if anything is."""
    command: click.Command | None = root
    context = click.Context(root)
    while isinstance(command, click.Group):
        if not words or words[0].startswith("-"):
            return None if words else f"{command.name} is a group"
        command, words = command.get_command(context, words[0]), words[1:]
        if command is None:
            return "there is no such command"
    assert command is not None
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word not in options]
    return f"unknown {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_flask_command_exists(app: Flask, page: Path) -> None:
    found = {" ".join(words): problem(app.cli, words) for words in flask_commands(page)}
    assert {words: wrong for words, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {name for text in commands(page) for name in _MAKE.findall(text)} <= targets


def test_the_readme_names_every_command_of_ours(app: Flask) -> None:
    ours = {
        f"{name} {sub}".strip()
        for name, command in app.cli.commands.items()
        if command.callback is None or command.callback.__module__.startswith("chatterkeep")
        for sub in (command.commands if isinstance(command, click.Group) else ("",))
        if name not in ("db", "limiter")
    }
    named = {" ".join(words[:2]) for words in flask_commands(ROOT / "README.md")}
    named |= {words[0] for words in flask_commands(ROOT / "README.md")}
    assert ours - named == set()


def test_the_check_finds_what_is_not_there(app: Flask) -> None:
    assert problem(app.cli, ["keys", "lose"]) == "there is no such command"
    assert problem(app.cli, ["keys", "create", "--colour"]) == "unknown --colour"
    assert problem(app.cli, ["keys"]) == "keys is a group"
