"""Words, times and places for the templates of the conversation."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from flask import url_for

from chatterkeep.domain.conversation import Owner
from chatterkeep.domain.messages import MAX_TEXT, Author
from chatterkeep.domain.transcript import Line
from chatterkeep.services.threads import Thread

RETENTION: Final = "Messages are kept until you ask us to erase them."
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
    """One bubble."""

    dom_id: str
    side: str
    author: str
    text: str
    iso: str
    clock: str
    day: str | None
    fresh: bool


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
    poll_after: int | None
    refresh_after: int | None
    offer_check: bool
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView(NewsView):
    """The conversation's page."""

    send_url: str
    new_url: str
    earlier_url: str | None
    draft: str
    error: str | None
    retry_after: int | None
    intro: str
    examples: tuple[str, ...]
    phone: str | None
    max_length: int
    retention: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What comes back to a person whose message was not taken, and why."""

    text: str = ""
    key: str = ""
    error: str | None = None
    retry_after: int | None = None


def thread_view(token: str, thread: Thread, now: datetime, typed: Typed | None = None) -> ThreadView:
    """Word a thread for its page."""
    typed = typed or Typed()
    first = thread.lines[0].position if thread.lines else None
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
        max_length=MAX_TEXT,
        retention=RETENTION,
    )


def news_view(token: str, thread: Thread, now: datetime) -> NewsView:
    """Word what is new for a page that is open."""
    news = _news(token, thread, now)
    page_url = url_for("chat.show_thread", token=token) if news["offer_check"] else ""
    return NewsView(**news, key=new_key(), page_url=page_url)


def _news(token: str, thread: Thread, now: datetime) -> dict[str, Any]:
    human = thread.conversation is not None and thread.conversation.owner is Owner.HUMAN
    poll = _next_poll(thread, now) if human or thread.more else None
    return {
        "poll_url": url_for("chat.show_news", token=token),
        "messages": message_views(thread.lines),
        "cursor": str(thread.shown),
        "owner_label": "A person" if human else "Bot",
        "human": human,
        "poll_after": poll,
        "refresh_after": None,
        "offer_check": human and poll is None,
        "status": "A person will answer here." if human else "",
    }


def message_views(lines: tuple[Line, ...]) -> tuple[MessageView, ...]:
    """Word messages; a day and a new conversation are announced where they begin within these lines."""
    if not lines:
        return ()
    views = [_message(lines[0], None)]
    views += [_message(line, before) for before, line in pairwise(lines)]
    return tuple(views)


def new_key() -> str:
    """Return a key for the next message."""
    return secrets.token_urlsafe(12)


def clock_time(moment: datetime) -> str:
    """Return a time of day as text, for pages without JavaScript."""
    return moment.strftime("%H:%M UTC")


def day_name(moment: datetime) -> str:
    """Return a date as text."""
    return f"{moment.day} {moment:%B %Y}"


def _message(line: Line, before: Line | None) -> MessageView:
    side, author = _AUTHORS[line.author]
    moment = line.created_at
    new_day = before is None or before.created_at.date() != moment.date()
    return MessageView(
        dom_id=f"m-{line.position.number}-{line.position.seq}",
        side=side,
        author=author,
        text=line.text,
        iso=moment.isoformat(timespec="seconds"),
        clock=clock_time(moment),
        day=day_name(moment) if new_day and (before or line.position.seq == 1) else None,
        fresh=line.position.seq == 1 and line.position.number > 1,
    )


def _next_poll(thread: Thread, now: datetime) -> int | None:
    """Seconds until a page asks again while a person answers: often at first, seldom later, then only on demand."""
    if thread.conversation is None:
        return None
    if thread.more:
        return 0
    quiet = now - thread.conversation.last_message_at
    if quiet < timedelta(minutes=2):
        return 5
    return 15 if quiet < timedelta(minutes=30) else None
