"""Words, times and places for the templates of the conversation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from chatterkeep.domain.conversation import Owner
from chatterkeep.domain.messages import MAX_TEXT, Author
from chatterkeep.domain.replies import Reply
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.services.threads import Thread
from chatterkeep.web.bubbles import rich
from chatterkeep.web.chat.forms import Seen, new_key
from chatterkeep.web.chat.growing import (
    ReplyView,
    Swap,
    attempt_mark,
    growing,
    is_overdue,
    next_poll,
    seen_with,
    status,
    swap,
)
from chatterkeep.web.chat.judging import ThumbsView, asks_opinions, dom_id, thumbs_of
from chatterkeep.web.lookups import looked_up
from chatterkeep.web.privacy import export_links, retention_words
from chatterkeep.web.sources import SourceView, source_views

REFRESH: Final = 3
"""Seconds after which a page without JavaScript loads again while a reply is under way."""

_NOTHING: Final = Seen(Position())
_AUTHORS: Final = {
    Author.CUSTOMER: ("own", "You"),
    Author.BOT: ("other", "Bot"),
    Author.AGENT: ("other", "Support"),
    Author.SYSTEM: ("system", ""),
}


@dataclass(frozen=True, slots=True)
class StartView:
    """The first page."""

    action: str
    phone: str
    error: str | None
    hint: str | None
    examples: tuple[str, ...]
    intro: str
    retention: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One bubble. `html` is there instead of `text` for what was generated; `mark` tells which attempt it is."""

    dom_id: str
    side: str
    author: str
    kind: str
    text: str
    html: Markup | None
    sources: tuple[SourceView, ...]
    mark: str | None
    iso: str
    clock: str
    day: str | None
    fresh: bool
    looked_up: str | None
    thumbs: ThumbsView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsView:
    """What is new in a conversation, and when its page asks again."""

    poll_url: str
    page_url: str
    messages: tuple[MessageView, ...]
    cursor: str
    key: str
    owner_label: str
    human: bool
    poll_after: float | None
    offer_check: bool
    status: str
    reply: ReplyView | None
    swap: Swap


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView(NewsView):
    """The conversation's page. Without JavaScript it loads again after `refresh_after`, unless that was `paused`."""

    refresh_after: int | None
    paused: bool
    send_url: str
    new_url: str
    earlier_url: str | None
    draft: str
    error: str | None
    retry_after: int | None
    intro: str
    examples: tuple[str, ...]
    phone: str | None
    proved: bool
    verify_url: str
    sign_out_url: str
    max_length: int
    retention: str
    exports: tuple[tuple[str, str], ...]
    erase_url: str
    thumbs: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What comes back to a person whose message was not taken, and why."""

    text: str = ""
    key: str = ""
    error: str | None = None
    retry_after: int | None = None


def thread_view(
    token: str,
    thread: Thread,
    now: datetime,
    typed: Typed | None = None,
    *,
    period: timedelta | None = None,
    paused: bool = False,
) -> ThreadView:
    """Word a thread for its page. `period` is how long messages are kept; None: until somebody erases them."""
    typed = typed or Typed()
    first = thread.lines[0].position if thread.lines else None
    pending = next_poll(thread.reply, now) is not None
    return ThreadView(
        **_news(token, thread, now),
        key=typed.key or new_key(),
        page_url=url_for("chat.show_thread", token=token),
        send_url=url_for("chat.send_message", token=token),
        new_url=url_for("chat.start_over", token=token),
        earlier_url=url_for("chat.show_thread", token=token, before=first) if thread.earlier else None,
        draft=typed.text,
        error=typed.error,
        retry_after=typed.retry_after,
        intro=thread.state.hint or thread.flow.summary,
        examples=thread.state.examples,
        phone=thread.phone.spoken if thread.phone else None,
        proved=thread.proved,
        verify_url=url_for("verify.begin", token=token),
        sign_out_url=url_for("verify.sign_out", token=token),
        max_length=MAX_TEXT,
        retention=retention_words(period),
        exports=export_links(token),
        erase_url=url_for("rights.show_erase", token=token),
        thumbs=asks_opinions(thread),
        refresh_after=REFRESH if pending and not paused and not typed.error else None,
        paused=paused and pending,
    )


def news_view(token: str, thread: Thread, now: datetime, seen: Seen, notice: str = "") -> NewsView:
    """Word what is new for a page that is open and has `seen`; a `notice` is said instead of how things stand."""
    news = _news(token, thread, now, seen)
    news["status"] = notice or news["status"]
    page_url = url_for("chat.show_thread", token=token) if news["offer_check"] else ""
    return NewsView(**news, key=new_key(), page_url=page_url)


def _news(token: str, thread: Thread, now: datetime, seen: Seen | None = None) -> dict[str, Any]:
    human = thread.conversation is not None and thread.conversation.owner is Owner.HUMAN
    poll = _next_poll(thread, now, human=human)
    reply = growing(token, thread, now)
    arrived = thread.lines if seen else ()
    return {
        "poll_url": url_for("chat.show_news", token=token),
        "messages": message_views(thread.lines, thread.reply, token),
        "cursor": str(seen_with(thread, seen or _NOTHING)),
        "owner_label": "A person" if human else "Bot",
        "human": human,
        "poll_after": poll,
        "offer_check": poll is None and (human or is_overdue(thread, now)),
        "status": "A person will answer here." if human else status(thread.reply, arrived, now),
        "reply": reply,
        "swap": swap(thread, seen or _NOTHING, reply),
    }


def message_views(lines: tuple[Line, ...], reply: Reply | None, token: str) -> tuple[MessageView, ...]:
    """Word messages; a day and a new conversation are announced where they begin within these lines.

    The one that is this reply is marked with its attempt.
    """
    pairs = zip((None, *lines), lines, strict=False)
    return tuple(_message(line, before, reply, token) for before, line in pairs)


def clock_time(moment: datetime) -> str:
    """Return a time of day as text, for pages without JavaScript."""
    return moment.strftime("%H:%M UTC")


def day_name(moment: datetime) -> str:
    """Return a date as text."""
    return f"{moment.day} {moment:%B %Y}"


def _message(line: Line, before: Line | None, reply: Reply | None, token: str) -> MessageView:
    side, author = _AUTHORS[line.author]
    moment = line.created_at
    sources = source_views(line.basis, lambda passage: url_for("sources.show", token=token, passage_id=passage))
    new_day = before is None or before.created_at.date() != moment.date()
    return MessageView(
        dom_id=dom_id(line.position.number, line.position.seq),
        side=side,
        author=author,
        kind=line.kind.value,
        text=line.text,
        html=rich(line, sources),
        sources=sources,
        mark=attempt_mark(reply) if reply and reply.position == line.position else None,
        iso=moment.isoformat(timespec="seconds"),
        clock=clock_time(moment),
        day=day_name(moment) if new_day and (before or line.position.seq == 1) else None,
        fresh=line.position.seq == 1 and line.position.number > 1,
        looked_up=looked_up(line.basis.tools),
        thumbs=thumbs_of(line, token),
    )


def _next_poll(thread: Thread, now: datetime, *, human: bool) -> float | None:
    """Seconds until a page asks again: for more, for a person, for a reply; None where only the reader asks."""
    if thread.more:
        return 0
    if not human:
        return next_poll(thread.reply, now)
    quiet = now - thread.conversation.last_message_at if thread.conversation else timedelta.max
    if quiet < timedelta(minutes=2):
        return 5
    return 15 if quiet < timedelta(minutes=30) else None
