"""`flask sessions erase`: the end of all that is kept of a person."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import click

from chatterkeep.cli import people
from chatterkeep.cli.group import Command, services
from chatterkeep.cli.output import confirm, dry_run_option, print_fields, print_rows, say, yes_option
from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.erasure import By, Counts, Holding
from chatterkeep.domain.errors import NotFound
from chatterkeep.services.rights import SharesLost, Wish

_NOTHING: Final = "There is nothing kept of this."


@click.command(
    "erase",
    cls=Command,
    examples=(
        "flask sessions erase - --yes < number.txt",
        "flask sessions erase --forgotten --dry-run",
    ),
)
@click.argument("who", metavar="SESSION_ID|NUMBER|-", required=False)
@click.option("--proved-only", is_flag=True, help="Of a number: not the sessions of visitors who only typed it.")
@click.option("--forgotten", is_flag=True, help="Those who were erased before, and whom a backup has brought back.")
@yes_option
@dry_run_option
def erase(who: str | None, proved_only: bool, forgotten: bool, yes: bool, dry_run: bool) -> None:
    """Erase a session, or all sessions of a phone number and of visitors who typed it, with all that belongs to them.

    A number that is given as an argument stays in the history of your shell and can be seen in the list of processes:
    '-' reads it (or a session's id) from the first line of standard input instead.
    """
    if (who is None) != forgotten:
        raise click.UsageError("Name a session, a number, or --forgotten.")
    session_ids = _meant(people.read(who), proved_only=proved_only) if who is not None else _forgotten()
    holdings = [holding for session_id in session_ids if (holding := services().rights.holding(session_id))]
    if not holdings:
        _end_keys(session_ids, yes=yes, dry_run=dry_run)
        return
    counts = sum((holding.counts for holding in holdings), Counts())
    print_rows([_row(holding) for holding in holdings], as_json=False)
    print_fields({"found": str(counts)}, as_json=False)
    if dry_run:
        say("Nothing was erased.")
        return
    confirm(f"Erase {counts} for good?", yes)
    for holding in holdings:
        _erase(holding.session_id)
    say("Erased. What that means for backups: docs/privacy.md.")


def _meant(who: str, *, proved_only: bool) -> Sequence[str]:
    """The sessions that are meant. What is no id must be a number. Raises InvalidPhone."""
    if session_id := people.as_session(who):
        return [session_id]
    return services().rights.sessions_of(people.as_number(who), proved_only=proved_only)


def _forgotten() -> Sequence[str]:
    try:
        return services().rights.forgotten()
    except SharesLost as error:
        raise click.ClickException(str(error)) from error


def _end_keys(session_ids: Sequence[str], *, yes: bool, dry_run: bool) -> None:
    """Destroy the keys of what this database knows nothing of: an erasure that was killed left them behind."""
    if dry_run or not session_ids:
        say(_NOTHING)
        return
    question = f"{_NOTHING} Destroy what may be left of its keys? Another database that holds it cannot be read then."
    confirm(question, yes)
    services().rights.forget(session_ids)
    say(f"{_NOTHING} What was left of its keys is gone as well.")


def _erase(session_id: str) -> None:
    wish = Wish(session_id, str(uuid4()), By.COMMAND, COMMAND_LINE)
    try:
        receipt = services().rights.erase(wish, services().clock())
    except NotFound:  # somebody else erased it just now
        return
    print_fields({"receipt": receipt.receipt_id, "erased": str(receipt.counts)}, as_json=False)


def _row(holding: Holding) -> dict[str, object]:
    number = {True: "proved", False: "typed", None: None}[holding.proved]
    return {
        "id": holding.session_id,
        "channel": holding.channel,
        "number": number,
        "holds": str(holding.counts),
    }
