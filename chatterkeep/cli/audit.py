"""`flask audit`: who did what, and the proof that nothing of it was changed or removed."""

import re
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any, Final

import click

from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import confirm, json_option, print_fields, print_rows, say, yes_option
from chatterkeep.domain.audit import COMMAND_LINE, Action, Entry, Fault, Head, Sought, Verified

_HEAD: Final = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)

group = Group(
    "audit",
    help="Who did what, and the proof that nothing of it was changed.",
    examples=("flask audit list", "flask audit verify"),
)


class _Head(click.ParamType[Head]):
    """A head as `flask audit verify` prints it."""

    name = "NUMBER:SEAL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """Read it; fail for anything else."""
        match = _HEAD.fullmatch(str(value).strip())
        if match is None:
            self.fail("This is not a head such as 'flask audit verify' prints: a number, a colon, 64 digits.")
        return Head(int(match[1]), match[2])


class _Day(click.ParamType[datetime]):
    """A day in UTC, such as 2026-03-14."""

    name = "2026-03-14"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return its first instant; fail for what is no day."""
        try:
            return datetime.combine(date.fromisoformat(value), time.min, UTC)
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-03-14.", param, ctx)


@group.command("list", examples=("flask audit list", "flask audit list --actor ada --since 2026-03-14 --json"))
@click.option("--actor", help="Only what this one did: a user name, 'command line', 'server' or 'nobody'.")
@click.option("--action", type=click.Choice([str(action) for action in Action]), metavar="login", help="Only these.")
@click.option("--since", type=_Day(), metavar="2026-03-14", help="Only from this day (UTC) on.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many, at most.")
@json_option
def list_entries(actor: str | None, action: str | None, since: datetime | None, limit: int, as_json: bool) -> None:
    """List who did what, newest first: logins, looks at conversations, changes of accounts, keys and settings."""
    sought = Sought(actor, Action(action) if action else None, since)
    print_rows([_row(entry) for entry in services().audit.newest(limit, sought)], as_json, "Nobody did anything yet.")


@group.command(
    "verify", examples=("flask audit verify", "flask audit verify --expect $(cat audit.head) > audit.head.new")
)
@click.option("--expect", type=_Head(), help="A head that was noted before: nothing up to it may be cut off.")
@json_option
def verify(expect: Head | None, as_json: bool) -> None:
    """Prove that no entry was changed, removed, moved or put in; print the head to note elsewhere.

    With any fault, the command exits with 1, and prints each with the number of its entry.
    """
    found = services().audit.verify(expect)
    if as_json:
        print_fields(_told(found), as_json)
    elif found.faults:
        print_rows([_fault(fault) for fault in found.faults], as_json)
    elif found.head:
        click.echo(str(found.head))
    say(_sentence(found))
    if found.faults:
        raise click.exceptions.Exit(1)


@group.command("accept", examples=("flask audit accept", "flask audit accept --yes"))
@yes_option
def accept(yes: bool) -> None:
    """Note the audit as it ends now, where a backup was brought back, or this machine has no note. That is an entry."""
    confirm("Entries that are not there now will be missed no more. Note the audit as it ends now?", yes)
    head = services().audit.accept(COMMAND_LINE, services().clock())
    say(f"Noted: entry {head.number} is the newest." if head else "There is no entry yet.")


def _sentence(found: Verified) -> str:
    old = f" {found.unsealed} of them are from before entries were sealed, and prove nothing." if found.unsealed else ""
    if found.faults:
        faults = "1 fault" if found.found == 1 else f"{found.found} faults"
        shown = sum(1 + fault.more for fault in found.faults)
        told = "" if found.found == shown else f", of which the first {shown} are shown"
        return f"The audit was tampered with or is damaged: {faults} in {found.entries} entries{told}.{old}"
    noted = f" Entry {found.noted.number}, which this machine noted as the newest, is there." if found.noted else ""
    note = " Note the head outside this machine: next time, --expect it." if found.head else ""
    return f"Entries in their places, as they were written: {found.entries}.{noted}{old}{note}"


def _fault(fault: Fault) -> dict[str, object]:
    more = f" (and {fault.more} more right after it)" if fault.more else ""
    return {"number": fault.number, "problem": f"{fault.problem}{more}"}


def _told(found: Verified) -> dict[str, object]:
    return {
        "sound": not found.faults,
        "entries": found.entries,
        "unsealed": found.unsealed,
        "head": str(found.head) if found.head and not found.faults else None,
        "noted": str(found.noted) if found.noted else None,
        "found": found.found,
        "faults": [asdict(fault) for fault in found.faults],
    }


def _row(entry: Entry) -> dict[str, object]:
    return {
        "at": entry.at,
        "actor": entry.actor.name,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "request_id": entry.actor.request_id,
    }
