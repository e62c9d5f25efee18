"""`flask sessions export | erase | purge`: a copy of what is kept of a person, its end, and the end of what is old."""

import os
import sys
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import click

from chatterkeep.cli import sessions
from chatterkeep.cli.group import services
from chatterkeep.cli.output import confirm, dry_run_option, print_fields, progress, say, yes_option
from chatterkeep.cli.spans import Span
from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.erasure import By, Counts, Receipt
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.phone import parse_phone
from chatterkeep.services.rights import Wish

group: Final = sessions.group


@group.command(
    "export",
    examples=(
        "flask sessions export SESSION_ID --format json --output copy.json",
        "flask sessions export SESSION_ID > copy.txt",
    ),
)
@click.argument("session_id")
@click.option(
    "--format",
    "kind",
    type=click.Choice([kind.value for kind in Format]),
    default=Format.TXT.value,
    show_default=True,
    help="For reading (txt, md) or for programs (json).",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file, readable by you alone; without this, standard output.",
)
def export_session(session_id: str, kind: str, output: Path | None) -> None:
    """Write all that is kept of a session's person, for them; notes between staff are left out. The audit says so."""
    export = services().rights.export(session_id, Format(kind), COMMAND_LINE, services().clock())
    if output is None:
        for piece in export.pieces:
            click.echo(piece, nl=False)
        return
    _write_whole(output, export.pieces)
    say(f"Wrote {output}.")


@group.command(
    "erase",
    examples=("flask sessions erase SESSION_ID --dry-run", "flask sessions erase - --yes < number.txt"),
)
@click.argument("who", metavar="SESSION_ID|NUMBER|-")
@yes_option
@dry_run_option
def erase_person(who: str, yes: bool, dry_run: bool) -> None:
    """Erase a session, or all sessions of a phone number and of visitors who typed it, with all that belongs to them.

    A number that is given as an argument stays in the history of your shell and can be seen in the list of processes:
    '-' reads it (or a session's id) from the first line of standard input instead.
    """
    session_ids = _sessions_of(sys.stdin.readline().strip() if who == "-" else who)
    counts = sum((_counts_of(session_id) for session_id in session_ids), Counts())
    if counts == Counts():
        services().vault.forget(*session_ids)
        say("There is nothing kept of this. What was left of its keys is gone as well.")
        return
    print_fields({"found": str(counts)}, as_json=False)
    if dry_run:
        say("Nothing was erased.")
        return
    confirm(f"Erase {counts} for good?", yes)
    for session_id in session_ids:
        receipt = _erased(session_id)
        print_fields({"receipt": receipt.receipt_id, "erased": str(receipt.counts)}, as_json=False)
    say("Erased. What that means for backups: docs/privacy.md.")


@group.command(
    "purge",
    examples=("flask sessions purge --dry-run", "flask sessions purge --older-than 90d --yes"),
)
@click.option(
    "--older-than", type=Span(), metavar="90d", help="Without a message for so long; else CHATTERKEEP_RETENTION."
)
@yes_option
@dry_run_option
def purge(older_than: timedelta | None, yes: bool, dry_run: bool) -> None:
    """Remove conversations without a message for some time, and sessions left without any.

    The server does this by itself, once an hour, where CHATTERKEEP_RETENTION is set. Can be interrupted and run again.
    """
    span = older_than or services().retention.period
    if span is None:
        raise click.UsageError("Everything is kept until it is erased (CHATTERKEEP_RETENTION). Name an --older-than.")
    now = services().clock()
    due = services().retention.due(span, now)
    say(f"Without a message since {now - span:%Y-%m-%d %H:%M} UTC: {str(due) or 'nothing'}.")
    if dry_run:
        return
    if due != Counts():
        confirm(f"Remove {due}?", yes)
    removed = Counts()
    with progress("Removing", due.conversations) as advance:
        for counts in services().retention.purge(span, COMMAND_LINE, now):
            removed += counts
            advance(counts.conversations)
    print_fields({"removed": str(removed) or "nothing"}, as_json=False)


def _sessions_of(who: str) -> tuple[str, ...]:
    """The sessions that are meant. What is no id must be a number. Raises InvalidPhone."""
    try:
        return (str(UUID(who)),)
    except ValueError:
        return services().rights.sessions_of(parse_phone(who, services().region))


def _counts_of(session_id: str) -> Counts:
    try:
        return services().rights.counts(session_id)
    except NotFound:
        return Counts()


def _erased(session_id: str) -> Receipt:
    wish = Wish(session_id, str(uuid4()), By.COMMAND, COMMAND_LINE)
    return services().rights.erase(wish, services().clock())


def _write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write a file that is there whole, or not at all."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
