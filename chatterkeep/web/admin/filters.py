"""Reads what the address of the list asks for: filters as they were typed, and cursors that only we can make."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.inbox import Filters, Part, Place, Step
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import parse_phone

_LONGEST: Final = 200
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LAST_DAY: Final = date(9998, 12, 31)
_NUMBER: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """The filters as they were typed; empty means any."""

    phone: str = ""
    state: str = ""
    flow: str = ""
    status: str = ""
    owner: str = ""
    channel: str = ""
    since: str = ""
    until: str = ""

    @property
    def in_use(self) -> dict[str, str]:
        """Those that narrow the list, for its address."""
        return {name: value for name, value in asdict(self).items() if value}


def typed_filters(query: Mapping[str, str]) -> InboxFilters:
    """Return the filters of an address as they were typed."""
    return InboxFilters(**{field.name: printable(query.get(field.name, "")) for field in fields(InboxFilters)})


def read_filters(typed: InboxFilters, region: str, flows: Mapping[str, Flow]) -> Filters:
    """Return what is looked for. Raises InvalidInput for the first filter that cannot be used."""
    since, until = read_day(typed.since, "since"), read_day(typed.until, "until")
    if since and until and since > until:
        raise InvalidInput("until", "The last day is before the first one.")
    status = one_of(typed.status, Status, "status")
    owner = one_of(typed.owner, Owner, "owner")
    channel = one_of(typed.channel, Channel, "channel")
    return Filters(
        phone=parse_phone(typed.phone, region) if typed.phone else None,
        state=one_of(typed.state, states_of(flows), "state"),
        flow=one_of(typed.flow, flows, "flow"),
        status=Status(status) if status else None,
        owner=Owner(owner) if owner else None,
        channel=Channel(channel) if channel else None,
        since=since,
        until=until + timedelta(days=1) if until else None,
    )


def states_of(flows: Mapping[str, Flow]) -> tuple[str, ...]:
    """Return the states of all flows, each once."""
    return tuple(dict.fromkeys(state for flow in flows.values() for state in flow.states))


def write_cursor(place: Place, typed: InboxFilters) -> str:
    """Return a place in the list that these filters give, for an address."""
    return str(_signer(typed).dumps([place.at.isoformat(), place.row]))


def cursor_in(query: Mapping[str, str]) -> dict[str, str]:
    """Return the cursor of an address under its name, `before` or `after`; nothing for the first page."""
    return next(({name: query[name]} for name in ("before", "after") if query.get(name)), {})


def read_step(query: Mapping[str, str], typed: InboxFilters) -> Step | None:
    """Return the step through the list that an address asks for.

    Raises InvalidInput for a cursor of another list, or not made by us.
    """
    for name, cursor in cursor_in(query).items():
        try:
            at, row = _signer(typed).loads(cursor)
        except BadData:
            raise InvalidInput(name, "This is not a place in this list. Start again from its newest page.") from None
        return Step(Place(datetime.fromisoformat(at), row), newer=name == "after")
    return None


def read_part(query: Mapping[str, str]) -> Part:
    """Return the part of a conversation that an address asks for. Raises InvalidInput."""
    for name, number in read_number(query, "a message").items():
        return Part(number, newer=name == "after")
    return Part()


def read_number(query: Mapping[str, str], of: str = "an entry") -> dict[str, int]:
    """Return the number of an address under its name, `before` or `after`; nothing for none. Raises InvalidInput."""
    for name, number in cursor_in(query).items():
        if not _NUMBER.fullmatch(number):
            raise InvalidInput(name, f"This is not the number of {of}.", "200")
        return {name: int(number)}
    return {}


def printable(value: str) -> str:
    """Return what was typed, without what cannot be shown."""
    return "".join(c for c in value[:_LONGEST] if c.isprintable()).strip()


def one_of(value: str, known: Iterable[str], name: str) -> str | None:
    """Return what was chosen, None for any. Raises InvalidInput for what is no choice."""
    if not value:
        return None
    if value not in set(known):
        raise InvalidInput(name, f"There is no such {name}. Choose one of those listed.")
    return value


def read_day(value: str, name: str) -> datetime | None:
    """Return the first instant of a day in UTC, None for any. Raises InvalidInput for what is no day."""
    if not value:
        return None
    try:
        day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or day > _LAST_DAY:
        raise InvalidInput(name, "This is not a day of the calendar.", "2026-03-14")
    return datetime.combine(day, time.min, UTC)


def _signer(typed: InboxFilters) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SIGNING_KEYS"], salt=f"conversations?{urlencode(typed.in_use)}")
