"""Words, times and files of the bubbles on the page."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from flask import url_for
from markupsafe import Markup

from chatterkeep.domain.files import Attached, spoken_size
from chatterkeep.domain.messages import Author
from chatterkeep.domain.replies import Reply
from chatterkeep.domain.transcript import Line
from chatterkeep.web.bubbles import rich
from chatterkeep.web.chat.forms import earlier_than
from chatterkeep.web.chat.growing import attempt_mark
from chatterkeep.web.chat.judging import ThumbsView, dom_id, thumbs_of
from chatterkeep.web.lookups import looked_up
from chatterkeep.web.sources import SourceView, source_views

_AUTHORS: Final = {
    Author.CUSTOMER: ("own", "You"),
    Author.BOT: ("other", "Bot"),
    Author.AGENT: ("other", "Support"),
    Author.SYSTEM: ("system", ""),
}


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that hangs on a message, or is to be sent with the next one."""

    file_id: str
    name: str
    size: str
    url: str
    delete_url: str | None


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
    files: tuple[FileView, ...] = ()


def message_views(lines: tuple[Line, ...], reply: Reply | None = None, token: str = "") -> tuple[MessageView, ...]:
    """Word messages; a day and a new conversation are announced where they begin within these lines.

    The one that is this reply is marked with its attempt.
    """
    if not lines:
        return ()
    views = [_message(lines[0], None, reply, token)]
    views += [_message(line, before, reply, token) for before, line in pairwise(lines)]
    return tuple(views)


def file_view(token: str, file: Attached) -> FileView:
    """Word a file for the page that it was sent from."""
    return FileView(
        file_id=file.file_id,
        name=file.name,
        size=spoken_size(file.size),
        url=url_for("chat.download_file", token=token, file_id=file.file_id),
        delete_url=url_for("chat.delete_file", token=token, file_id=file.file_id),
    )


def clock_time(moment: datetime) -> str:
    """Return a time of day as text, for pages without JavaScript."""
    return moment.strftime("%H:%M UTC")


def day_name(moment: datetime) -> str:
    """Return a date as text."""
    return f"{moment.day} {moment:%B %Y}"


def _message(line: Line, before: Line | None, reply: Reply | None, token: str) -> MessageView:
    side, author = _AUTHORS[line.author]
    moment = line.created_at
    sources = source_views(line.basis, lambda passage: _source_url(token, passage, line))
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
        files=tuple(file_view(token, file) for file in line.files),
    )


def _source_url(token: str, passage_id: str, line: Line) -> str:
    """Return the address of a passage that a message cites. Its page leads back to the message."""
    return url_for("sources.show", token=token, passage_id=passage_id, at=line.position, before=earlier_than())
