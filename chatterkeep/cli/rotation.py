"""`flask keys rotate | retire | status`: new encryption keys in place of old ones, while the server goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from chatterkeep.cli.group import Command, installation, services
from chatterkeep.cli.output import confirm, dry_run_option, json_option, print_rows, progress, say, yes_option
from chatterkeep.services.rotation import RETIRED, ROTATED, SETTLES, KeysKept


@click.command("rotate", cls=Command, examples=("flask keys rotate wrapping", "flask keys rotate pepper --dry-run"))
@click.argument("purpose", type=click.Choice(ROTATED))
@click.option("--until", type=click.Choice(("known", "used")), help="Stop once the new version is known, or is in use.")
@dry_run_option
def rotate(purpose: str, until: str | None, dry_run: bool) -> None:
    """Put a new key to use and bring all that is stored to it. The server need not stop.

    Killed in the middle, the same command goes on where it was. With several machines, run it with --until known, copy
    the key file to all of them, do the same with --until used, and run it once more without.
    """
    rotation, file = services().rotation, installation().keys_file
    version, begun = rotation.target(purpose)
    rows = rotation.amount(purpose)
    if dry_run:
        say(
            f"Would {'finish the change' if begun else 'change'} to version {version} of {purpose}, over {rows:,} rows."
        )
        return
    with _told(), rotation.hold(file):
        rotation.introduce(file, purpose, services().clock())
        time.sleep(SETTLES)
        if until != "known":
            rotation.use(file, purpose, services().clock())
            time.sleep(SETTLES)
        if until:
            say(f"Version {version} of {purpose} is {until}. To go on: flask keys rotate {purpose}")
            return
        detail = _move(purpose, rows)
        rotation.finish(file, purpose, detail, services().clock())
    say(f"Version {version} of {purpose} is in use: {detail}.")


@click.command(
    "retire", cls=Command, examples=("flask keys retire wrapping 1", "flask keys retire secret 1 --anyway --yes")
)
@click.argument("purpose", type=click.Choice(RETIRED))
@click.argument("version", type=int)
@click.option("--anyway", is_flag=True, help="Also a secret that logins of staff still need: they end.")
@yes_option
@dry_run_option
def retire(purpose: str, version: int, anyway: bool, yes: bool, dry_run: bool) -> None:
    """Take an old key out of the key file, for ever. Refused while anything that is stored still needs it.

    Backups from before its rotation cannot be read without it: keep an older copy of the key file as long as them.
    """
    rotation, file = services().rotation, installation().keys_file
    refusal = rotation.refusal(purpose, version, services().clock())
    if refusal and not (anyway and "--anyway" in refusal):
        raise click.ClickException(refusal)
    if dry_run:
        say(f"Would retire version {version} of {purpose}; nothing needs it.")
        return
    confirm(f"Retire version {version} of {purpose}? What only it opens is lost.", yes)
    with _told(), rotation.hold(file):
        rotation.retire(file, purpose, version, services().clock())
    say(f"Version {version} of {purpose} is retired.")


@click.command("status", cls=Command, examples=("flask keys status", "flask keys status --json"))
@json_option
def status(as_json: bool) -> None:
    """List the versions of all encryption keys, and how many stored values need each."""
    rows = [
        {
            "purpose": found.purpose,
            "version": found.version,
            "state": found.state,
            "since": found.since,
            "needed_by": found.needed,
        }
        for found in services().rotation.versions()
    ]
    print_rows(rows, as_json)


@click.command("clean", cls=Command, examples=("flask keys clean --dry-run", "flask keys clean --yes"))
@yes_option
@dry_run_option
def clean(yes: bool, dry_run: bool) -> None:
    """Destroy shares of data keys that belong to no session, for more than a day.

    Make sure first that this is the newest database: with an older one, or an empty one, shares that are needed look
    as if they belonged to nobody.
    """
    rotation = services().rotation
    count = len(rotation.orphans(services().clock()))
    if dry_run or not count:
        say(f"{count:,} shares belong to no session.")
        return
    confirm(f"Destroy {count:,} shares? If they belong to a database elsewhere, that cannot be read any more.", yes)
    say(f"Destroyed {rotation.remove_orphans(services().clock()):,} shares.")


def _move(purpose: str, rows: int) -> str:
    changed = unreadable = 0
    with progress("Changing", rows) as advance:
        for step in services().rotation.move(purpose):
            changed, unreadable = changed + step.changed, unreadable + step.unreadable
            advance(step.seen)
    return f"{changed:,} values changed in this run" + (f", {unreadable:,} cannot be opened" if unreadable else "")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except KeysKept as error:
        raise click.ClickException(str(error)) from error
