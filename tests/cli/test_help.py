"""Every command of ours explains itself, examples first."""

from collections.abc import Iterator

import click
import pytest
from flask import Flask

from chatterkeep.cli.group import Command, Group

OURS = {"admin", "audit", "chat", "demo", "doctor", "flows", "keys", "serve", "sessions"}


def walk(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    for name, child in command.commands.items() if isinstance(command, click.Group) else ():
        yield from walk(child, *path, name)


@pytest.fixture
def commands(app: Flask) -> dict[tuple[str, ...], click.Command]:
    """All commands of ours by their words, groups as well."""
    return {path: found for name in OURS for path, found in walk(app.cli.commands[name], name)}


def test_all_groups_are_there(app: Flask) -> None:
    assert set(app.cli.commands) >= OURS


def test_every_command_shows_two_examples_before_anything_else(
    app: Flask, commands: dict[tuple[str, ...], click.Command]
) -> None:
    for path in commands:
        help_text = app.test_cli_runner().invoke(args=[*path, "--help"]).stdout
        heading, *lines = help_text.split("\n\n")[0].splitlines()
        examples = [line.strip() for line in lines]
        assert heading == "Examples:", path
        assert len(examples) == 2, path
        assert examples[0].startswith(f"flask {' '.join(path)}"), path
        assert all("flask " in example for example in examples), path


def test_every_example_names_options_that_exist(commands: dict[tuple[str, ...], click.Command]) -> None:
    for path, command in commands.items():
        assert isinstance(command, (Command, Group)), path
        for example in command.examples:
            words = example.partition("|")[0].split()
            used = {word.partition("=")[0] for word in words if word.startswith("--")}
            known = {option for _, found in walk(command) for p in found.params for option in p.opts}
            assert used <= known, (path, example)


def test_every_command_says_what_it_does(commands: dict[tuple[str, ...], click.Command]) -> None:
    for path, command in commands.items():
        assert command.get_short_help_str(limit=200).strip(), path


def test_every_option_is_explained(commands: dict[tuple[str, ...], click.Command]) -> None:
    for path, command in commands.items():
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, (path, option.name)


def test_whatever_reads_can_answer_in_json(commands: dict[tuple[str, ...], click.Command]) -> None:
    readers = [command for path, command in commands.items() if path[-1] in ("list", "show", "doctor")]
    assert len(readers) >= 4
    for command in readers:
        assert any("--json" in param.opts for param in command.params), command.name
