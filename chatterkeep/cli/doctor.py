"""`flask doctor`: what is wrong with this installation, and how to mend it."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import click

from chatterkeep.cli.group import Command, installation, unstarted
from chatterkeep.cli.output import json_option, painted, print_rows, say
from chatterkeep.services.doctor import examine
from chatterkeep.services.findings import Finding, Verdict, fail, ok

_COLOURS: Final = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


@click.command("doctor", cls=Command, stored=False, examples=("flask doctor", "flask doctor --json"))
@json_option
def doctor(as_json: bool) -> None:
    """Look this installation over: settings, files, keys, database, clock, who may call.

    Each line is OK, WARN or FAIL, and says how to mend what is wrong. With any FAIL, the command exits with 1.
    """
    findings = []
    for finding in _examined():
        findings.append(finding)
        if not as_json:
            click.echo(_line(finding))
    if as_json:
        print_rows([asdict(finding) for finding in findings], as_json)
    failed = sum(finding.verdict is Verdict.FAIL for finding in findings)
    say(f"{failed} of {len(findings)} checks failed." if failed else f"{len(findings)} checks, none failed.")
    if failed:
        raise click.exceptions.Exit(1)


def _examined() -> Iterator[Finding]:
    reason = unstarted()
    try:
        place = installation()
    except click.ClickException:
        yield fail("settings", str(reason), "Correct what is named here; docs/settings.md explains every setting.")
        return
    yield ok("settings", f"They are sound; CHATTERKEEP_ENV is {place.env}.")
    yield from examine(place)


def _line(finding: Finding) -> str:
    line = f"{painted(f'{finding.verdict:<4}', _COLOURS[finding.verdict])}  {finding.check:<13}  {finding.found}"
    return f"{line}\n{'':21}{finding.fix}" if finding.fix else line
