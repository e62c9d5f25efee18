"""`flask sessions`: who wrote, and what was said. Whoever looks leaves a line in the audit."""

import click

from chatterkeep.cli import people
from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import json_option, print_fields, print_rows
from chatterkeep.domain.audit import COMMAND_LINE, Action
from chatterkeep.domain.sessions import ChatSession, Summary
from chatterkeep.domain.transcript import Line

group = Group(
    "sessions",
    help="Sessions: who wrote, and what was said; a copy of it, and its end.",
    examples=("flask sessions list", "flask sessions show 4f0c6a52-6d0f-4d5a-9a55-1d2f3b4c5d6e"),
)


@group.command("list", examples=("flask sessions list --limit 5", "flask sessions list --phone - < number.txt"))
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many, at most.")
@click.option("--phone", metavar="NUMBER|-", help="Those of a number, and of visitors who typed it; '-' reads it.")
@click.option("--reveal", is_flag=True, help="Show whole phone numbers; the audit will say so.")
@json_option
def list_sessions(limit: int, phone: str | None, reveal: bool, as_json: bool) -> None:
    """List sessions in which something was said, those of newest activity first."""
    number = people.as_number(people.read(phone)) if phone is not None else None
    if reveal:
        _record(Action.REVEALED, "", f"the newest {limit} sessions{' of a number' if number else ''}")
    listed = services().sessions
    summaries = listed.list(limit, None).summaries if number is None else listed.of_number(number, limit)
    nobody = "Nobody has written yet." if number is None else "Nobody has written from this number, or typed it."
    print_rows([_row(summary, reveal) for summary in summaries], as_json, nobody)


@group.command("show", examples=("flask sessions show SESSION_ID", "flask sessions show SESSION_ID --json"))
@click.argument("session_id")
@json_option
def show_session(session_id: str, as_json: bool) -> None:
    """Show one session with every message, by the id that the list shows."""
    session = services().sessions.show(session_id)
    _record(Action.READ, session.session_id, "all messages of the session")
    lines = [_line(line) for line in _whole(session)]
    if as_json:
        print_fields(_facts(session) | {"messages": lines}, as_json)
    else:
        print_fields(_facts(session), as_json)
        click.echo()
        print_rows(lines, as_json, "Nothing was said yet.")


def _record(action: Action, subject: str, detail: str) -> None:
    services().audit.record(COMMAND_LINE, action, subject, detail, services().clock())


def _whole(session: ChatSession) -> list[Line]:
    """All messages, oldest first; the service hands them out in parts."""
    lines = list(session.lines)
    while session.earlier is not None:
        session = services().sessions.show(session.session_id, session.earlier)
        lines = [*session.lines, *lines]
    return lines


def _row(summary: Summary, reveal: bool) -> dict[str, object]:
    phone = summary.who.phone
    return {
        "id": summary.session_id,
        "channel": summary.who.channel,
        "phone": phone and (phone.e164 if reveal else phone.masked),
        "flow": summary.standing.flow,
        "state": summary.standing.state,
        "status": summary.standing.status,
        "owner": summary.standing.owner,
        "last_message_at": summary.last_message_at,
    }


def _facts(session: ChatSession) -> dict[str, object]:
    return {
        "id": session.session_id,
        "created_at": session.created_at,
        "flow": session.standing.flow,
        "state": session.standing.state,
        "status": session.standing.status,
        "owner": session.standing.owner,
        "outcome": session.standing.outcome,
        "assignee": session.standing.assignee,
    }


def _line(line: Line) -> dict[str, object]:
    return {
        "conversation": line.position.number,
        "seq": line.position.seq,
        "at": line.created_at,
        "author": line.author,
        "state": line.state,
        "text": line.text,
    }
