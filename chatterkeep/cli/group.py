"""What all our commands share: examples first in their help, the services they use, mistakes told in a sentence.

A module of commands makes a `Group` and hangs its commands on it:

    group = Group("keys", help="API keys.", examples=("flask keys list", "flask keys create shop --scope chat"))

    @group.command("list", examples=("flask keys list", "flask keys list --json"))
    @json_option
    def list_keys(as_json: bool) -> None: ...

`stored=False` says that a command needs neither the database nor its tables, nor settings that are right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import click
from flask import Flask, current_app, has_app_context
from flask.cli import ScriptInfo

from chatterkeep.domain.errors import ChatterKeepError, InvalidInput
from chatterkeep.services.installation import Installation
from chatterkeep.services.wiring import Services

_NAME: Final = "chatterkeep.commands"


@dataclass(frozen=True, slots=True)
class Unstarted:
    """Stands for the services of an application that could not start; `reason` says why, in sentences."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Given:
    services: Services | Unstarted
    installation: Installation | None


class Command(click.Command):
    """A command whose help begins with examples, and which fails in a sentence (exit code 1)."""

    def __init__(self, *args: Any, examples: Sequence[str], stored: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = tuple(examples)
        self._stored = stored

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then what click writes."""
        _write_examples(formatter, self.examples)
        super().format_help(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises ClickException for what is wrong with the installation or the input."""
        if not has_app_context():
            ctx.with_resource(ctx.ensure_object(ScriptInfo).load_app().app_context())
        try:
            if self._stored and (problem := services().health.problem()):
                raise click.ClickException(problem)
            return super().invoke(ctx)
        except ChatterKeepError as error:
            raise click.ClickException(_sentence(error)) from error


class Group(click.Group):
    """Commands about one thing."""

    command_class = Command

    def __init__(self, *args: Any, examples: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = tuple(examples)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then what click writes."""
        _write_examples(formatter, self.examples)
        super().format_help(ctx, formatter)


def init(app: Flask, services: Services | Unstarted, installation: Installation | None) -> None:
    """Keep with the application what its commands use; there is no installation where the settings are wrong."""
    app.extensions[_NAME] = _Given(services, installation)


def services() -> Services:
    """The use cases of the application. Raises ClickException where it could not start."""
    found = _given().services
    if isinstance(found, Unstarted):
        raise click.ClickException(found.reason)
    return found


def installation() -> Installation:
    """The settings' values. Raises ClickException where the settings are wrong."""
    found = _given().installation
    if found is None:
        raise click.ClickException(str(unstarted()))
    return found


def unstarted() -> str | None:
    """Why the application could not start; None where it could."""
    found = _given().services
    return found.reason if isinstance(found, Unstarted) else None


def refusing(name: str) -> click.Command:
    """Return a command that, whatever it is given, only says why the application could not start."""
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=services, hidden=True, context_settings=anything)


def _given() -> _Given:
    given: _Given = current_app.extensions[_NAME]
    return given


def _write_examples(formatter: click.HelpFormatter, examples: Sequence[str]) -> None:
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"{'':{formatter.current_indent}}{example}\n")
    formatter.write_paragraph()


def _sentence(error: ChatterKeepError) -> str:
    return f"{error} For example: {error.hint}" if isinstance(error, InvalidInput) and error.hint else str(error)
