"""Words, times and addresses for the list of conversations, and those that all staff pages share.

Times are in UTC: staff in different places talk about the same ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from flask import url_for

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.inbox import Item, Page, Who
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.web.admin.filters import InboxFilters, states_of, write_cursor

_SNIPPET: Final = 80
STATUSES: Final = {
    Status.OPEN: "Open",
    Status.COMPLETE: "Complete",
    Status.CLOSED: "Closed",
    Status.EXPIRED: "Expired",
}
OWNERS: Final = {Owner.BOT: "Bot", Owner.HUMAN: "A person"}
CHANNELS: Final = {
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.WEB: "Web",
    Channel.API: "API",
    Channel.DEMO: "Demo",
}

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LoginView:
    """The login form. `first_run` tells how the first account is made."""

    action: str
    username: str
    error: str | None
    first_run: bool


@dataclass(frozen=True, slots=True)
class RevealedView:
    """The whole number of a conversation's person."""

    phone: str
    back_url: str


@dataclass(frozen=True, slots=True)
class InboxChoices:
    """What can be chosen in each filter: values and their labels."""

    states: tuple[Choice, ...]
    flows: tuple[Choice, ...]
    statuses: tuple[Choice, ...]
    owners: tuple[Choice, ...]
    channels: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One conversation in the list."""

    url: str
    who: str
    snippet: str
    flow: str
    state: str
    status: str
    owner: str
    channel: str
    when_iso: str
    when: str
    count: int


@dataclass(frozen=True, slots=True)
class InboxView:
    """The list with its filters. `active` tells whether any is in use."""

    rows: tuple[InboxRow, ...]
    filters: InboxFilters
    choices: InboxChoices
    action: str
    clear_url: str
    older_url: str | None
    newer_url: str | None
    range_label: str
    error: str | None
    active: bool


def inbox_view(page: Page, typed: InboxFilters, flows: Mapping[str, Flow], here: str, now: datetime) -> InboxView:
    """Word a page of the list. `here` is its address, to come back to from a conversation."""
    return InboxView(
        rows=tuple(_row(item, here, now) for item in page.items),
        filters=typed,
        choices=_choices(typed, flows),
        action=url_for("admin.conversations"),
        clear_url=url_for("admin.conversations"),
        older_url=_step_url(typed, "before", page.items[-1:]) if page.older else None,
        newer_url=_step_url(typed, "after", page.items[:1]) if page.newer else None,
        range_label=_range(page, now),
        error=None,
        active=bool(typed.in_use),
    )


def refused_view(typed: InboxFilters, error: InvalidInput, flows: Mapping[str, Flow], now: datetime) -> InboxView:
    """Word a list that cannot be looked for: no rows, the reason, and everything that was typed."""
    view = inbox_view(Page((), older=False, newer=False), typed, flows, "", now)
    return replace(view, error=error.advice, active=True)


def list_url(typed: InboxFilters, cursor: Mapping[str, str]) -> str:
    """Return the address of a page of the list."""
    query = urlencode({**typed.in_use, **cursor})
    return url_for("admin.conversations") + (f"?{query}" if query else "")


def conversation_url(conversation_id: str, back: str, part: Mapping[str, int] | None = None) -> str:
    """Return the address of a conversation that leads back to the list it was found in."""
    query = urlencode({**(part or {}), **({"back": back} if "?" in back else {})})
    return url_for("admin.conversation", conversation_id=conversation_id) + (f"?{query}" if query else "")


def revealed_view(conversation_id: str, phone: PhoneNumber) -> RevealedView:
    """Word a number that is shown whole."""
    return RevealedView(phone.spoken, conversation_url(conversation_id, ""))


def name_of(who: Who) -> str:
    """Say whose conversation it is, never with the whole number."""
    masked = who.phone.masked if who.phone else ""
    match who.channel:
        case Channel.WEB:
            return f"Web visitor {masked}".strip()
        case Channel.API:
            return f"API client {masked}".strip()
    return masked or "Unknown number"


def options(known: Iterable[Choice], value: str) -> tuple[Choice, ...]:
    """Return what can be chosen; with what was asked for in the address, even if it is nothing we know."""
    choices = dict(known)
    return tuple((choices if value in ("", *choices) else choices | {value: value}).items())


def iso(moment: datetime) -> str:
    """Return a time for machines."""
    return moment.isoformat(timespec="seconds")


def spoken(moment: datetime, now: datetime) -> str:
    """Return a time for people: `21 Nov, 04:10 UTC`, with its year unless that is this one."""
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}, {moment:%H:%M} UTC"


def _row(item: Item, here: str, now: datetime) -> InboxRow:
    return InboxRow(
        url=conversation_url(item.conversation_id, here),
        who=name_of(item.who),
        snippet=_snippet(item.text),
        flow=item.flow,
        state=item.state,
        status=STATUSES[item.status],
        owner=OWNERS[item.owner],
        channel=CHANNELS[item.who.channel],
        when_iso=iso(item.place.at),
        when=spoken(item.place.at, now),
        count=item.count,
    )


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SNIPPET else f"{line[: _SNIPPET - 1].rstrip()}…"


def _step_url(typed: InboxFilters, name: str, edge: Sequence[Item]) -> str:
    """The address of the next page from the item at the edge of this one; from an empty page, the newest one."""
    return list_url(typed, {name: write_cursor(edge[0].place, typed)} if edge else {})


def _choices(typed: InboxFilters, flows: Mapping[str, Flow]) -> InboxChoices:
    """What can be chosen; with what was asked for in the address, even if it is nothing we know."""
    states = states_of(flows)
    return InboxChoices(
        states=options(zip(states, states, strict=True), typed.state),
        flows=options(zip(flows, flows, strict=True), typed.flow),
        statuses=options(STATUSES.items(), typed.status),
        owners=options(OWNERS.items(), typed.owner),
        channels=options(CHANNELS.items(), typed.channel),
    )


def _range(page: Page, now: datetime) -> str:
    """Say what the page holds. How many there are in all is not counted: that would read them all."""
    count = len(page.items)
    some = f"{count} conversation{'s' if count != 1 else ''}"
    if not count or not (page.older or page.newer):
        return f"{some}, newest first"
    words = f"{some} further back" if page.newer else f"The newest {some}"
    ends = dict.fromkeys(spoken(item.place.at, now) for item in (page.items[0], page.items[-1]))
    return f"{words}: {' to '.join(ends)}"
