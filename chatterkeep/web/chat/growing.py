"""The generated reply below the messages: how it looks while it grows, and when its page asks again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from flask import url_for
from markupsafe import Markup

from chatterkeep.domain.replies import Reply, ReplyState
from chatterkeep.domain.transcript import Line
from chatterkeep.services.threads import Thread
from chatterkeep.web.bubbles import formatted
from chatterkeep.web.chat.forms import Seen

STILL_WORKING: Final = timedelta(seconds=10)
"""How old a reply is when a page says that it takes long."""

GIVEN_UP: Final = timedelta(seconds=120)
"""How old a reply is when its page stops asking by itself."""

_PACE: Final = ((0.3, 0.35), (0.9, 0.6), (15.0, 1.0), (GIVEN_UP.total_seconds(), 2.0))
"""Up to which age of the reply, in seconds, a page asks again after how many."""

_ENDED: Final = {
    ReplyState.DONE: "Reply ready",
    ReplyState.STOPPED: "Stopped",
    ReplyState.FAILED: "The reply failed",
}


class Swap(StrEnum):
    """What of the reply a page gets anew."""

    NOTHING = ""
    TEXT = "text"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A reply that is under way, with its text so far, or one that ended and can be asked for again.

    `dom_id` holds its text. The address to ask again at is there instead of the one to stop it once it has ended.
    """

    dom_id: str
    html: Markup
    mark: str | None
    overdue: bool
    stop_url: str | None
    retry_url: str | None


def growing(token: str, thread: Thread, now: datetime) -> ReplyView | None:
    """Word the reply that stands below the messages, or None where there is none, and nothing to ask again."""
    reply = thread.reply
    if reply is None or not (_under_way(reply) or _may_retry(thread, reply)):
        return None
    live = _under_way(reply)
    to_stop = url_for("chat.stop_reply", token=token, reply_id=reply.reply_id)
    to_retry = url_for("chat.retry_reply", token=token, reply_id=reply.reply_id)
    return ReplyView(
        dom_id=f"r-{reply.reply_id}",
        html=formatted(reply.text) if live else Markup(),
        mark=attempt_mark(reply),
        overdue=live and _is_overdue(reply, now),
        stop_url=to_stop if live else None,
        retry_url=None if live else to_retry,
    )


def seen_with(thread: Thread, seen: Seen) -> Seen:
    """Return what a page has that had `seen` and is shown this thread."""
    reply = thread.reply
    if reply is None or not _under_way(reply):
        return Seen(thread.shown)
    if _is_older(reply, seen):
        return Seen(thread.shown, seen.reply_id, seen.fence, seen.length)
    return Seen(thread.shown, reply.reply_id, reply.fence, len(reply.text))


def swap(thread: Thread, seen: Seen, view: ReplyView | None) -> Swap:
    """Return what a page that has `seen` needs to show this thread. A text never shrinks under one fence."""
    reply = thread.reply
    if reply and reply.position and reply.position > thread.shown:
        return Swap.NOTHING  # its message, which takes its place, comes with the next poll
    if reply is None or not _under_way(reply) or reply.reply_id != seen.reply_id:
        # A button to ask again is there already, unless something was said since.
        anew = bool(seen.reply_id or thread.lines or (reply and _under_way(reply)))
        return Swap.ALL if anew else Swap.NOTHING
    if view and view.overdue:
        return Swap.TEXT
    grown = (reply.fence, len(reply.text)) > (seen.fence, seen.length)
    return Swap.TEXT if grown else Swap.NOTHING


def next_poll(reply: Reply | None, now: datetime) -> float | None:
    """Seconds until a page asks again while a reply is under way: at once often, then seldom, in the end no more."""
    if reply is None or not _under_way(reply):
        return None
    age = (now - reply.created_at).total_seconds()
    return next((pause for until, pause in _PACE if age < until), None)


def status(reply: Reply | None, arrived: Sequence[Line], now: datetime) -> str:
    """Say how the reply stands; of one that ended, where its message is among those that just `arrived`."""
    if reply is None:
        return ""
    if not _under_way(reply):
        return _ENDED[reply.state] if any(line.position == reply.position for line in arrived) else ""
    if _is_overdue(reply, now):
        return "No answer yet"
    return "Still working…" if now - reply.created_at >= STILL_WORKING else "Writing a reply"


def is_end(said: str) -> bool:
    """Tell whether a status says that a reply ended: it is read out, and need not stand there for long."""
    return said in _ENDED.values()


def is_overdue(thread: Thread, now: datetime) -> bool:
    """Tell whether a reply takes so long that its page no longer asks by itself."""
    reply = thread.reply
    return reply is not None and _under_way(reply) and _is_overdue(reply, now)


def attempt_mark(reply: Reply) -> str | None:
    """Say which of several attempts a reply is."""
    return f"Answer {reply.attempt} of {reply.attempt}" if reply.attempt > 1 else None


def _under_way(reply: Reply) -> bool:
    return not reply.state.ended


def _may_retry(thread: Thread, reply: Reply) -> bool:
    return reply.may_retry and reply.position == thread.shown


def _is_overdue(reply: Reply, now: datetime) -> bool:
    return now - reply.created_at >= GIVEN_UP


def _is_older(reply: Reply, seen: Seen) -> bool:
    return reply.reply_id == seen.reply_id and (reply.fence, len(reply.text)) < (seen.fence, seen.length)
