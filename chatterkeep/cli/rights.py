"""`flask sessions export | purge`: a copy of what is kept of a person, and the end of what is old."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Final

import click

from chatterkeep.cli import people, sessions
from chatterkeep.cli.erasing import erase
from chatterkeep.cli.group import services
from chatterkeep.cli.output import confirm, dry_run_option, print_fields, progress, say, yes_option
from chatterkeep.cli.spans import Span
from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.erasure import Counts
from chatterkeep.domain.errors import NotFound

group: Final = sessions.group
group.add_command(erase)


@group.command(
    "export",
    examples=(
        "flask sessions export SESSION_ID --format json --output copy.json",
        "flask sessions export - < number.txt > copy.txt",
    ),
)
@click.argument("who", metavar="SESSION_ID|NUMBER|-")
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
def export_person(who: str, kind: str, output: Path | None) -> None:
    """Write all that is kept of a person, for them; notes between staff are left out. The audit says so.

    Of a number these are the sessions that it was proved for. What a visitor wrote who only typed it may be somebody
    else's: export that by its id. '-' reads the number from the first line of standard input, so that it stays out of
    the history of your shell.
    """
    pieces = _whole_of(people.read(who), Format(kind))
    if output is None:
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    _write_whole(output, pieces)
    say(f"Wrote {output}.")


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
    if dry_run or not due:
        return
    confirm(f"Remove {due}?", yes)
    removed = Counts()
    with progress("Removing", due.conversations + due.sessions) as advance:
        for counts in services().retention.purge(span, COMMAND_LINE, now):
            removed += counts
            advance(counts.conversations + counts.sessions)
    print_fields({"removed": str(removed) or "nothing"}, as_json=False)


def _whole_of(who: str, kind: Format) -> Iterator[str]:
    """The copy of one session, or those of all sessions that are a number's own; in JSON these are a list."""
    if session_id := people.as_session(who):
        return _pieces(session_id, kind)
    phone = people.as_number(who)
    own, all_of_it = (services().rights.sessions_of(phone, proved_only=only) for only in (True, False))
    if others := [session_id for session_id in all_of_it if session_id not in own]:
        say(f"Left out, since visitors only typed the number there: {', '.join(others)}.")
    if not own:
        raise NotFound("session")
    start, between, end = ("[\n", ",\n", "]\n") if kind is Format.JSON else ("", "\n\n", "")
    copies = (chain([between] if later else [start], _pieces(session_id, kind)) for later, session_id in enumerate(own))
    return chain(chain.from_iterable(copies), [end])


def _pieces(session_id: str, kind: Format) -> Iterator[str]:
    return services().rights.export(session_id, kind, COMMAND_LINE, services().clock()).pieces


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
