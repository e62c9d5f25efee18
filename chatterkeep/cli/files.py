"""`flask files`: removes what is left of files that nobody sent, or that a killed process left half-way."""

import click

from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import json_option, print_fields, say

group = Group(
    "files",
    help="Files that people send: remove what is left of those that are nobody's.",
    examples=("flask files clean --dry-run", "flask files clean"),
)


@group.command("clean", examples=("flask files clean --dry-run", "flask files clean --json"))
@click.option("--dry-run", is_flag=True, help="Only count what would be removed.")
@json_option
def clean(dry_run: bool, as_json: bool) -> None:
    """Remove files that no message was sent with for a day, and blobs that no row names for an hour.

    A running server does the same once an hour.
    """
    remains, now = services().remains, services().clock()
    swept = remains.look(now) if dry_run else remains.sweep(now)
    print_fields({"unsent": swept.unsent, "orphans": swept.orphans}, as_json)
    say("Nothing was removed: this was a dry run." if dry_run else "Removed.")
