"""Words, times and addresses for the page of one conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for
from markupsafe import Markup

from chatterkeep.domain.dossier import Format
from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.files import Attached, spoken_size
from chatterkeep.domain.inbox import Change, Sibling, Transcript
from chatterkeep.domain.messages import Author
from chatterkeep.domain.staff import Role
from chatterkeep.domain.transcript import Line
from chatterkeep.web.admin.presenters import CHANNELS, OWNERS, STATUSES, conversation_url, iso, name_of, spoken
from chatterkeep.web.bubbles import rich
from chatterkeep.web.lookups import tools_used
from chatterkeep.web.sources import SourceView, source_views

_AUTHORS: Final = {
    Author.CUSTOMER: ("own", "Customer"),
    Author.BOT: ("other", "Bot"),
    Author.AGENT: ("other", "Support"),
    Author.SYSTEM: ("system", "System"),
}


@dataclass(frozen=True, slots=True)
class LineFile:
    """A file that hangs on a message. Staff delete none."""

    file_id: str
    name: str
    size: str
    url: str
    delete_url: None = None


@dataclass(frozen=True, slots=True)
class LineView:
    """One bubble of a transcript. `html` is there for what was generated.

    `state` is where the flow came to with it, `day` a date that begins with it, `looked_up` tells of the tools it used,
    `opinion` what its reader thinks of it.
    """

    dom_id: str
    seq: int
    side: str
    author: str
    text: str
    html: Markup | None
    sources: tuple[SourceView, ...]
    iso: str
    clock: str
    day: str | None
    state: str | None
    kind: str
    looked_up: str | None
    opinion: str | None
    files: tuple[LineFile, ...]


@dataclass(frozen=True, slots=True)
class OtherConversation:
    """A link to a conversation of the same person."""

    url: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state that was passed."""

    state: str
    iso: str
    clock: str
    seq: int


@dataclass(frozen=True, slots=True)
class TranscriptView:
    """One conversation with all that belongs to it."""

    back_url: str
    who: str
    channel: str
    flow: str
    state: str
    status: str
    owner: str
    version: str
    started_iso: str
    started: str
    last_iso: str
    last: str
    session_id: str
    conversation_id: str
    lines: tuple[LineView, ...]
    answers: tuple[tuple[str, str], ...]
    others: tuple[OtherConversation, ...]
    older_url: str | None
    newer_url: str | None
    history: tuple[StateChange, ...]
    reveal_url: str | None
    exports: tuple[tuple[str, str], ...]
    erase_url: str | None


def transcript_view(transcript: Transcript, back: str, role: Role, now: datetime) -> TranscriptView:
    """Word a conversation for somebody with this role. `back` is the address of the list it was found in."""
    case, lines = transcript.case, transcript.lines
    here = case.conversation_id
    return TranscriptView(
        back_url=back,
        who=name_of(case.who),
        channel=CHANNELS[case.who.channel],
        flow=case.flow,
        state=case.state,
        status=STATUSES[case.status],
        owner=OWNERS[case.owner],
        version=case.flow_version,
        started_iso=iso(case.created_at),
        started=spoken(case.created_at, now),
        last_iso=iso(case.last_message_at),
        last=spoken(case.last_message_at, now),
        session_id=case.session_id,
        conversation_id=here,
        lines=_lines(transcript),
        answers=tuple(case.answers.items()),
        others=_others(transcript, back, now),
        older_url=conversation_url(here, back, {"before": lines[0].position.seq}) if transcript.earlier else None,
        newer_url=conversation_url(here, back, {"after": lines[-1].position.seq}) if transcript.later else None,
        history=tuple(_change(change) for change in transcript.changes),
        reveal_url=_url("reveal", here) if case.who.phone and role.covers(Role.AGENT) else None,
        exports=_exports(here) if role.covers(Role.ADMIN) else (),
        erase_url=_url("show_erase", here) if role.covers(Role.ADMIN) else None,
    )


def _url(view: str, conversation_id: str) -> str:
    return url_for(f"admin.{view}", conversation_id=conversation_id)


def _exports(conversation_id: str) -> tuple[tuple[str, str], ...]:
    address = _url("conversation", conversation_id)
    return tuple((kind.upper(), f"{address}/export/{kind}") for kind in Format)


def _lines(transcript: Transcript) -> tuple[LineView, ...]:
    came_to = {change.seq: change.state for change in transcript.changes[1:]}
    days = [_day(line.created_at) for line in transcript.lines]
    return tuple(
        _line(line, day if day != before else None, came_to.get(line.position.seq))
        for line, day, before in zip(transcript.lines, days, ["", *days], strict=False)
    )


def _line(line: Line, day: str | None, state: str | None) -> LineView:
    side, author = _AUTHORS[line.author]
    sources = source_views(line.basis, lambda passage: url_for("admin.passage", passage_id=passage))
    return LineView(
        dom_id=f"m-{line.position.seq}",
        seq=line.position.seq,
        side=side,
        author=author,
        text=line.text,
        html=rich(line, sources),
        sources=sources,
        iso=iso(line.created_at),
        clock=_clock(line.created_at),
        day=day,
        state=state,
        kind=line.kind.value,
        looked_up=f"Tools: {used}" if (used := tools_used(line.basis.tools)) else None,
        opinion=_opinion(line.feedback) if line.feedback else None,
        files=tuple(_file(line.conversation_id, file) for file in line.files),
    )


def _file(conversation_id: str, file: Attached) -> LineFile:
    url = url_for("admin.download_file", conversation_id=conversation_id, file_id=file.file_id)
    return LineFile(file.file_id, file.name, spoken_size(file.size), url)


def _opinion(feedback: Feedback) -> str:
    found = "found" if feedback.verdict is Verdict.POSITIVE else "did not find"
    verdict = f"The customer {found} this helpful"
    return f"{verdict}: {feedback.comment}" if feedback.comment else f"{verdict}."


def _others(transcript: Transcript, back: str, now: datetime) -> tuple[OtherConversation, ...]:
    """All conversations of the session, unless this is the only one."""
    if len(transcript.siblings) < 2:
        return ()
    return tuple(_other(sibling, transcript, back, now) for sibling in transcript.siblings)


def _other(sibling: Sibling, transcript: Transcript, back: str, now: datetime) -> OtherConversation:
    return OtherConversation(
        url=conversation_url(sibling.conversation_id, back),
        label=f"{sibling.number}. {spoken(sibling.created_at, now)}, {sibling.flow}, {sibling.state}",
        current=sibling.conversation_id == transcript.case.conversation_id,
    )


def _change(change: Change) -> StateChange:
    return StateChange(change.state, iso(change.at), _clock(change.at), change.seq)


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M UTC")


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
