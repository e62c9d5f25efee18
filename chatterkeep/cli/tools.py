"""`flask tools`: what a language model may look things up with, checked and tried."""

import json
from pathlib import Path
from typing import Any

import click

from chatterkeep.cli.group import Group, installation, services
from chatterkeep.cli.output import json_option, print_rows
from chatterkeep.domain.tools import Tool, ToolFailed
from chatterkeep.services.tooling import Tooling
from chatterkeep.toolbox.loader import load_tools

_NONE = "No tools are declared: set CHATTERKEEP_TOOLS to a file of them. docs/tools.md describes it."

group = Group(
    "tools",
    help="The tools that a language model may call: list, check and try them.",
    examples=("flask tools check my-tools.toml", """flask tools call flight_status '{"flight_no": "CK42"}'"""),
)


@group.command("list", stored=False, examples=("flask tools list", "flask tools list --json"))
@json_option
def list_tools(as_json: bool) -> None:
    """List the tools this application offers to its language model."""
    print_rows([_row(tool) for tool in _tooling().tools], as_json)


@group.command("check", stored=False, examples=("flask tools check", "flask tools check my-tools.toml"))
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def check_tools(path: Path | None) -> None:
    """Check a file of tools (without one, that of CHATTERKEEP_TOOLS). Nothing is called.

    Every mistake is a sentence that names the tool; with any, the command exits with 1.
    """
    path = path or installation().tools_file
    if path is None:
        raise click.ClickException(_NONE)
    tools = load_tools(path, installation().environment)
    for tool in tools:
        click.echo(f"{path}: {tool.name} is sound. {tool.method} {tool.address.host}")


@group.command(
    "call",
    stored=False,
    examples=(
        """flask tools call flight_status '{"flight_no": "CK42", "date": "2026-03-14"}'""",
        """flask tools call flight_status '{"date": "2026-03-14"}' --context '{"flight_no": "CK42"}'""",
    ),
)
@click.argument("name")
@click.argument("arguments", default="{}")
@click.option("--context", default="{}", help="What is known of the customer, as a JSON object.")
def call_tool(name: str, arguments: str, context: str) -> None:
    """Call a tool as a language model would, with ARGUMENTS in JSON, and show what the model would be given.

    The request is really made. Exits with 1 where the tool gives nothing.
    """
    known = _object(context)
    try:
        click.echo(_tooling().try_out(name, arguments, known))
    except ToolFailed as error:
        raise click.ClickException(f"{error}{f': {error.detail}' if error.detail else ''}.") from error


def _tooling() -> Tooling:
    tooling = services().tools
    if tooling is None:
        raise click.ClickException(_NONE)
    return tooling


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise click.ClickException("""The context must be a JSON object. For example: '{"flight_no": "CK42"}'""")
    return value


def _row(tool: Tool) -> dict[str, object]:
    return {
        "name": tool.name,
        "title": tool.title,
        "method": tool.method.value,
        "host": tool.address.host,
        "from_context": " ".join(tool.from_context),
        "personal": tool.personal,
        "description": tool.description,
    }
