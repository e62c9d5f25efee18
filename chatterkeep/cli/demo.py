"""`flask demo`: a database full of made-up conversations, and rid of them again."""

import time
from typing import Final

import click

from chatterkeep.cli.group import Group, installation, services
from chatterkeep.cli.output import confirm, dry_run_option, print_fields, progress, say, yes_option

_MOST: Final = 40_000_000

group = Group(
    "demo",
    help="Made-up conversations: fill the database with them, and remove them.",
    examples=("flask demo seed --messages 1000", "flask demo reset --dry-run"),
)


@group.command("seed", examples=("flask demo seed", "flask demo seed --messages 1000000"))
@click.option("--messages", type=click.IntRange(1, _MOST), default=1000, show_default=True, help="How many, at least.")
@yes_option
def seed(messages: int, yes: bool) -> None:
    """Fill the database with made-up conversations, spread over half a year.

    They are encrypted like all others, and stand on the channel `demo`. Not in production.
    """
    if installation().env == "production":
        raise click.ClickException("This is a production database (CHATTERKEEP_ENV): nothing is made up here.")
    demo = services().demo
    if demo.is_needed_by_others():
        confirm("This database holds conversations of real people. Put made-up ones beside them?", yes)
    before, started, stored = demo.counts(), time.monotonic(), 0
    with progress("Seeding", messages) as advance:
        for added in demo.seed(messages, services().clock()):
            stored += added
            advance(added)
    seconds = time.monotonic() - started
    print_fields(
        {
            "sessions": demo.counts().sessions - before.sessions,
            "messages": stored,
            "seconds": round(seconds, 1),
            "messages_per_second": round(stored / max(seconds, 0.001)),
        },
        as_json=False,
    )


@group.command("reset", examples=("flask demo reset --dry-run", "flask demo reset --yes"))
@yes_option
@dry_run_option
def reset(yes: bool, dry_run: bool) -> None:
    """Remove the made-up conversations, and nothing else."""
    counts = services().demo.counts()
    found = f"{counts.sessions:,} made-up sessions with {counts.messages:,} messages"
    if dry_run or not counts.sessions:
        say(f"There are {found}.")
        return
    confirm(f"Remove {found}?", yes)
    with progress("Removing", counts.sessions) as advance:
        for removed in services().demo.reset():
            advance(removed)
    say(f"Removed {found}.")
