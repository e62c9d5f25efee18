"""Words, times and places for the templates of the conversation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for

from chatterkeep.domain.conversation import Owner
from chatterkeep.domain.files import ACCEPTED
from chatterkeep.domain.messages import MAX_TEXT
from chatterkeep.domain.transcript import Position
from chatterkeep.services.threads import Thread
from chatterkeep.web.chat.bubbles import MessageView, message_views
from chatterkeep.web.chat.forms import Seen, new_key
from chatterkeep.web.chat.growing import (
    ReplyView,
    Swap,
    growing,
    is_end,
    is_overdue,
    next_poll,
    seen_with,
    status,
    swap,
)
from chatterkeep.web.chat.judging import asks_opinions
from chatterkeep.web.context import files_on
from chatterkeep.web.privacy import export_links, retention_words

REFRESH: Final = 3
"""Seconds after which a page without JavaScript loads again while a reply is under way."""

PERSON_PACE: Final = ((timedelta(minutes=2), 5.0), (timedelta(minutes=30), 15.0))
"""Until when after the last message a page asks again, after how many seconds, while a person answers."""

STILL_PACE: Final = ((timedelta(minutes=10), 30.0),)
"""The same where nobody is to answer: the page may have been signed out, erased or joined on another device."""

SELDOM: Final = 120.0
"""The same once nothing was said for longer. It bounds what docs/privacy.md promises."""

_NOTHING: Final = Seen(Position())


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
    poll_after: float
    offer_check: bool
    status: str
    brief: bool
    reply: ReplyView | None
    swap: Swap


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView(NewsView):
    """The conversation's page. Without JavaScript it loads again after `refresh_after`, unless that was `paused`."""

    refresh_after: int | None
    paused: bool
    send_url: str
    attach_url: str | None
    accepted: str
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
        attach_url=url_for("chat.send_with_file", token=token) if files_on() else None,
        accepted=ACCEPTED.replace(" ", ""),
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
    if notice:
        news |= {"status": notice, "brief": False}
    page_url = url_for("chat.show_thread", token=token) if news["offer_check"] else ""
    return NewsView(**news, key=new_key(), page_url=page_url)


def _news(token: str, thread: Thread, now: datetime, seen: Seen | None = None) -> dict[str, Any]:
    human = thread.conversation is not None and thread.conversation.owner is Owner.HUMAN
    said = "A person will answer here." if human else status(thread.reply, thread.lines if seen else (), now)
    reply = growing(token, thread, now)
    return {
        "poll_url": url_for("chat.show_news", token=token),
        "messages": message_views(thread.lines, thread.reply, token),
        "cursor": str(seen_with(thread, seen or _NOTHING)),
        "owner_label": "A person" if human else "Bot",
        "human": human,
        "poll_after": _next_poll(thread, now, human=human),
        "offer_check": not thread.more and (_is_long_silent(thread, now) if human else is_overdue(thread, now)),
        "status": said,
        "brief": not human and is_end(said),
        "reply": reply,
        "swap": swap(thread, seen or _NOTHING, reply),
    }


def _next_poll(thread: Thread, now: datetime, *, human: bool) -> float:
    """Seconds until a page asks again: for more, for a reply, for a person, or whether its link still opens it."""
    if thread.more:
        return 0
    soon = None if human else next_poll(thread.reply, now)
    if soon is not None:
        return soon
    quiet = _quiet(thread, now)
    return next((pause for until, pause in (PERSON_PACE if human else STILL_PACE) if quiet < until), SELDOM)


def _is_long_silent(thread: Thread, now: datetime) -> bool:
    """Tell whether a person has said nothing for so long that a reader may want to ask by hand."""
    return _quiet(thread, now) >= PERSON_PACE[-1][0]


def _quiet(thread: Thread, now: datetime) -> timedelta:
    return now - thread.conversation.last_message_at if thread.conversation else timedelta.max
