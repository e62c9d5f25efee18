"""`flask chat`: talk to the bot from a terminal."""

import click

from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import json_option, print_fields, say
from chatterkeep.domain.messages import Address, Channel, Delivery, Inbound, clean_delivery_id, clean_text
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.phone import parse_phone

_SCOPE = "cli"

group = Group(
    "chat",
    help="Talk to the bot from a terminal.",
    examples=('flask chat send +14155550123 "hello"', 'flask chat send +14155550123 "hello" --json'),
)


@group.command(
    "send",
    examples=('flask chat send +14155550123 "hello"', 'flask chat send "(415) 555-0123" "hello" --id first --json'),
)
@click.argument("phone")
@click.argument("message")
@click.option("--id", "delivery_id", help="Delivery id: the same one again gives the same answer and has no effect.")
@json_option
def send(phone: str, message: str, delivery_id: str | None, as_json: bool) -> None:
    """Send a message from a phone number, as the SMS webhook would take it in, and print the reply."""
    inbound = Inbound(
        sender=Address(Channel.SMS, parse_phone(phone, services().region)),
        text=clean_text(message),
        delivery=Delivery(_SCOPE, clean_delivery_id(delivery_id)) if delivery_id is not None else None,
    )
    outcome = services().turns.receive(inbound, services().clock())
    if as_json:
        print_fields(_fields(outcome), as_json)
    elif outcome.plain_reply is None:
        say("Stored. A person answers this conversation.")
    else:
        click.echo(outcome.plain_reply)


def _fields(outcome: Outcome) -> dict[str, object]:
    return {
        "reply": outcome.reply,
        "state": outcome.state,
        "session_id": outcome.session_id,
        "conversation_id": outcome.conversation_id,
        "message_id": outcome.message_id,
        "reply_id": outcome.reply_id,
        "status": outcome.status,
        "replayed": outcome.replayed,
    }
