"""Words and addresses for the audit: its filters, its page, its rows for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import url_for

from chatterkeep.domain.audit import Action, Slice, Sought, Stored
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.web.admin.filters import one_of, printable, read_day
from chatterkeep.web.admin.presenters import Choice, iso, options, spoken

_COLUMNS: Final = ("number", "at", "actor", "action", "subject", "detail", "request_id")
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """The filters as they were typed; empty means any."""

    actor: str = ""
    action: str = ""
    since: str = ""
    until: str = ""

    @property
    def in_use(self) -> dict[str, str]:
        """Those that narrow the list, for its address."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry."""

    number: int
    at: str
    at_iso: str
    actor: str
    action: str
    subject: str
    detail: str
    request_id: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """A page of the audit with its filters."""

    rows: tuple[AuditRow, ...]
    filters: AuditFilters
    actions: tuple[Choice, ...]
    action_url: str
    export_url: str
    older_url: str | None
    newer_url: str | None
    error: str | None
    active: bool


def typed_audit_filters(query: Mapping[str, str]) -> AuditFilters:
    """Return the filters of an address as they were typed."""
    return AuditFilters(**{field.name: printable(query.get(field.name, "")) for field in fields(AuditFilters)})


def read_audit_filters(typed: AuditFilters) -> Sought:
    """Return what is looked for. Raises InvalidInput for the first filter that cannot be used."""
    action = one_of(typed.action, [str(action) for action in Action], "action")
    since, until = read_day(typed.since, "since"), read_day(typed.until, "until")
    if since and until and since > until:
        raise InvalidInput("until", "The last day is before the first one.")
    return Sought(
        actor=typed.actor or None,
        action=Action(action) if action else None,
        since=since,
        until=until + timedelta(days=1) if until else None,
    )


def audit_view(page: Slice, typed: AuditFilters, error: InvalidInput | None, now: datetime) -> AuditView:
    """Word a page of entries, or with an error none."""
    return AuditView(
        rows=tuple(_row(stored, now) for stored in page.entries),
        filters=typed,
        actions=options(((str(action), str(action)) for action in Action), typed.action),
        action_url=url_for("admin.audit"),
        export_url=_url("admin.export_audit", typed),
        older_url=_url("admin.audit", typed, before=page.entries[-1].number) if page.older else None,
        newer_url=_url("admin.audit", typed, after=page.entries[0].number) if page.newer and page.entries else None,
        error=error.advice if error else None,
        active=bool(typed.in_use),
    )


def csv_lines(entries: Iterable[Stored]) -> Iterator[str]:
    """Yield the entries as lines of CSV (RFC 4180), their heading first."""
    yield _line(_COLUMNS)
    for number, entry in ((stored.number, stored.entry) for stored in entries):
        said = (entry.actor.name, entry.action, entry.subject, entry.detail, entry.actor.request_id)
        yield _line((str(number), entry.at.isoformat(), *map(str, said)))


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def _row(stored: Stored, now: datetime) -> AuditRow:
    entry = stored.entry
    return AuditRow(
        number=stored.number,
        at=spoken(entry.at, now),
        at_iso=iso(entry.at),
        actor=entry.actor.name,
        action=entry.action.value,
        subject=entry.subject,
        detail=entry.detail,
        request_id=entry.actor.request_id,
    )


def _url(endpoint: str, typed: AuditFilters, **step: int) -> str:
    query = urlencode({**typed.in_use, **step})
    return url_for(endpoint) + (f"?{query}" if query else "")
