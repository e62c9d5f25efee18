"""`flask flows`: the dialogues, checked and drawn."""

from pathlib import Path

import click

from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import json_option, print_rows
from chatterkeep.domain.errors import InvalidFlow
from chatterkeep.domain.flow import Flow
from chatterkeep.flows.diagram import mermaid
from chatterkeep.flows.loader import BUILT_IN, load_flow

group = Group(
    "flows",
    help="The dialogues: list, check and draw them.",
    examples=("flask flows check my-flows/", "flask flows draw greeting > greeting.mmd"),
)


@group.command("list", stored=False, examples=("flask flows list", "flask flows list --json"))
@json_option
def list_flows(as_json: bool) -> None:
    """List the dialogues this application runs."""
    print_rows([_row(flow) for flow in services().flows.values()], as_json)


@group.command("check", stored=False, examples=("flask flows check", "flask flows check my-flows/pizza.toml"))
@click.argument("path", type=click.Path(exists=True, path_type=Path), default=BUILT_IN)
def check_flows(path: Path) -> None:
    """Check a dialogue file, or all in a folder (without one, those that come with ChatterKeep).

    Every mistake is a sentence that names the file and the state; with any, the command exits with 1.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise click.ClickException(f"{path} holds no .toml files.")
    problems = [problem for file in files for problem in _problems(file)]
    if problems:
        raise click.ClickException("\n".join(problems))


@group.command("draw", stored=False, examples=("flask flows draw greeting", "flask flows draw my-flows/pizza.toml"))
@click.argument("name")
def draw_flow(name: str) -> None:
    """Draw a dialogue, by name or file, as a state diagram of Mermaid (https://mermaid.live shows it)."""
    click.echo(mermaid(_flow(name)))


def _flow(name: str) -> Flow:
    if name.endswith(".toml"):
        return load_flow(Path(name))
    flows = services().flows
    if name not in flows:
        raise click.ClickException(f"There is no flow {name!r}; known: {', '.join(flows)}.")
    return flows[name]


def _problems(file: Path) -> tuple[str, ...]:
    try:
        flow = load_flow(file)
    except InvalidFlow as error:
        return error.problems
    click.echo(f"{file}: {flow.name} is sound, with {len(flow.states)} {_states(flow)}.")
    return ()


def _row(flow: Flow) -> dict[str, object]:
    return {
        "name": flow.name,
        "answers": "a person" if flow.human else "the bot",
        "states": len(flow.states),
        "version": flow.version,
        "file": flow.source,
        "summary": flow.summary,
    }


def _states(flow: Flow) -> str:
    return "state" if len(flow.states) == 1 else "states"
