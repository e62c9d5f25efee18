"""Reads the address of a search, and words what was found for its page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from flask import current_app, url_for
from itsdangerous import BadData, URLSafeSerializer

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.search import LONGEST_QUERY, Hit, Mark, Span
from chatterkeep.services.history import LINES
from chatterkeep.services.search import Found
from chatterkeep.web.admin.presenters import STATUSES, conversation_url, iso, name_of, spoken

_BEFORE: Final = 40
_AROUND: Final = 200
_AUTHORS: Final = {
    Author.CUSTOMER: "Customer",
    Author.BOT: "Bot",
    Author.AGENT: "Support",
    Author.SYSTEM: "System",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `marked` where it is what was searched for."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class HitView:
    """One message that was found."""

    url: str
    who: str
    author: str
    note: bool
    pieces: tuple[Piece, ...]
    state: str
    status: str
    when_iso: str
    when: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """The page of a search. `older_url` leads on, `newest_url` back to the first page.

    `told` says what was found, `gaps` what may be missing, `error` why nothing could be looked for.
    """

    on: bool
    action: str
    query: str
    longest: int
    hits: tuple[HitView, ...]
    told: str
    gaps: str
    older_url: str | None
    older_label: str
    newest_url: str | None
    error: str | None


def typed_query(query: Mapping[str, str]) -> str:
    """Return what was typed. It comes back into the box, so of far too much only the beginning is kept."""
    return query.get("q", "")[: LONGEST_QUERY * 4]


def read_mark(query: Mapping[str, str], typed: str) -> Mark | None:
    """Return from where on the address asks for hits. Raises InvalidInput for a place that is not of this search."""
    cursor = query.get("before")
    if not cursor:
        return None
    try:
        at, row, seq = _signer(typed).loads(cursor)
    except BadData:
        raise InvalidInput("before", "This is not a place in these hits. Search again.") from None
    return Mark(datetime.fromisoformat(at), row, seq)


def write_mark(mark: Mark, typed: str) -> str:
    """Return a place in what was found, signed for this query."""
    return str(_signer(typed).dumps([mark.at.isoformat(), mark.row, mark.seq]))


def search_view(typed: str, found: Found | None, mark: Mark | None, now: datetime, *, on: bool = True) -> SearchView:
    """Word a page of hits; `found` is None where nothing was looked for."""
    hits = found.hits.hits if found else ()
    following = found.hits.following if found else None
    here = _url(typed, {})
    return SearchView(
        on=on,
        action=url_for("admin.search"),
        query=typed,
        longest=LONGEST_QUERY,
        hits=tuple(_hit(hit, here, now) for hit in hits),
        told=_told(found, mark) if found else "",
        gaps=_gaps(found) if found else "",
        older_url=_url(typed, {"before": write_mark(following, typed)}) if following else None,
        older_label="Older hits" if found is None or found.hits.whole or hits else "Search further back",
        newest_url=here if mark else None,
        error=None,
    )


def refused_search(typed: str, error: InvalidInput, now: datetime) -> SearchView:
    """Word a search that cannot be made: the reason, and what was typed."""
    view = search_view(typed, None, None, now)
    return SearchView(**{name: getattr(view, name) for name in view.__slots__} | {"error": error.advice})


def _hit(hit: Hit, back: str, now: datetime) -> HitView:
    part = {"before": hit.mark.seq + LINES // 2}
    return HitView(
        url=f"{conversation_url(hit.conversation_id, back, part)}#m-{hit.mark.seq}",
        who=name_of(hit.who),
        author=_AUTHORS[hit.author],
        note=hit.kind is Kind.NOTE,
        pieces=tuple(_pieces(hit.text, hit.spans)),
        state=hit.state,
        status=STATUSES[hit.status],
        when_iso=iso(hit.mark.at),
        when=spoken(hit.mark.at, now),
    )


def _pieces(text: str, spans: tuple[Span, ...]) -> Iterator[Piece]:
    """Cut the part of a text around the first hit into pieces, marked and not."""
    first = spans[0][0] if spans else 0
    begin = 0 if first <= _BEFORE else _word_start(text, first - _BEFORE)
    end = min(len(text), max(begin + _AROUND, spans[0][1] if spans else 0))
    at = begin
    if begin:
        yield Piece("… ", marked=False)
    for start, stop in spans:
        if start >= end:
            break
        if start > at:
            yield Piece(text[at:start], marked=False)
        yield Piece(text[start : min(stop, end)], marked=True)
        at = min(stop, end)
    if at < end:
        yield Piece(text[at:end], marked=False)
    if end < len(text):
        yield Piece(" …", marked=False)


def _word_start(text: str, place: int) -> int:
    """The beginning of a word near a place, rather than the middle of one."""
    space = text.find(" ", place, place + _BEFORE)
    return space + 1 if space >= 0 else place


def _told(found: Found, mark: Mark | None) -> str:
    count = len(found.hits.hits)
    if count:
        in_all = "" if found.hits.following or mark else " in all"
        return f"{count} message{'s' if count != 1 else ''}{in_all}, newest first"
    if not found.hits.whole:
        return "Nothing found so far: what is searched for is rare among much that looks like it."
    return "Nothing older." if mark else "Nothing found."


def _gaps(found: Found) -> str:
    if not found.current:
        return "The index is out of date, so words may be missing. Whoever runs this: flask search rebuild"
    if found.waiting:
        count = f"{found.waiting:,}" if found.waiting < 1000 else "1,000 or more"
        several = found.waiting != 1
        return f"{count} conversation{'s are' if several else ' is'} not wholly in the index yet."
    return ""


def _url(typed: str, more: Mapping[str, str]) -> str:
    return f"{url_for('admin.search')}?{urlencode({'q': typed, **more})}"


def _signer(typed: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SIGNING_KEYS"], salt=f"search?{typed}")
