"""What is kept of a person, as a file to take along: plain text, Markdown or JSON, written piece by piece.

The JSON is for programs; docs/privacy.md describes it. Notes between staff are no part of it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from chatterkeep.domain.dossier import Dossier, Format, Talk, by_talk
from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.files import Attached, Extract, spoken_size
from chatterkeep.domain.markdown import footnoted
from chatterkeep.domain.messages import Author
from chatterkeep.domain.transcript import Line

Filed = tuple[Attached, Extract]
"""A file, and its text."""

VERSION: Final = 1
"""The version of the JSON's shape."""

_AUTHORS: Final = {
    Author.CUSTOMER: "You",
    Author.BOT: "Bot",
    Author.AGENT: "Support",
    Author.SYSTEM: "System",
}
_CUT: Final = "The rest was erased while this file was being written."
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>&~|]|^[ \t]*[#+\-=]|(?<=\d)[.)](?=\s|$)|(?<=:)/(?=/)", re.MULTILINE)


def write(kind: Format, dossier: Dossier, lines: Iterable[Line], files: Iterable[Filed] = ()) -> Iterator[str]:
    """Yield the file piece by piece. `lines` are the messages, oldest first; fewer than announced are told as such.

    `files` are those of the dossier with their texts, which the JSON alone holds.
    """
    match kind:
        case Format.TXT:
            return _as_text(dossier, lines)
        case Format.MARKDOWN:
            return _as_markdown(dossier, lines)
        case Format.JSON:
            return _as_json(dossier, lines, files)


def _as_text(dossier: Dossier, lines: Iterable[Line]) -> Iterator[str]:
    yield "Your conversations\n==================\n\n"
    yield "".join(f"{name}: {value}\n" for name, value in _facts(dossier))
    seen = 0
    for talk, said in by_talk(dossier, lines):
        title = f"Conversation {talk.number}"
        yield f"\n{title}\n{'-' * len(title)}\n"
        yield "".join(f"{name}: {_indented(value)}\n" for name, value in _facts_of_talk(talk))
        yield "\n"
        for line in said:
            seen += 1
            yield f"[{_spoken(line.created_at)}] {_AUTHORS[line.author]}: {_indented(_read(line))}\n"
            if line.feedback:
                yield f"    ({_indented(_opinion(line.feedback))})\n"
    if seen < dossier.messages:
        yield f"\n{_CUT}\n"


def _as_markdown(dossier: Dossier, lines: Iterable[Line]) -> Iterator[str]:
    yield "# Your conversations\n\n"
    yield "".join(f"- {name}: {_escaped(value)}\n" for name, value in _facts(dossier))
    seen = 0
    for talk, said in by_talk(dossier, lines):
        yield f"\n## Conversation {talk.number}\n\n"
        yield "".join(f"- {_escaped(name)}: {_escaped(value)}\n" for name, value in _facts_of_talk(talk))
        for line in said:
            seen += 1
            yield f"\n**{_AUTHORS[line.author]}**, {_spoken(line.created_at)}\n\n{_quoted(line)}\n"
            if line.feedback:
                yield f"\n{_escaped(_opinion(line.feedback))}\n"
    if seen < dossier.messages:
        yield f"\n{_CUT}\n"


def _as_json(dossier: Dossier, lines: Iterable[Line], files: Iterable[Filed]) -> Iterator[str]:
    head = _json(_wire(dossier))
    yield head[:-1] + ',\n"conversations": ['
    seen, separator = 0, "\n"
    for talk, said in by_talk(dossier, lines):
        yield separator + _json(_wire_of_talk(talk))[:-1] + ', "messages": ['
        separator, between = ",\n", "\n  "
        for line in said:
            seen += 1
            yield between + _json(_wire_of_line(line))
            between = ",\n  "
        yield "]}"
    yield '],\n"files": ['
    separator = "\n"
    for attached, extract in files:
        yield separator + _json(_wire_of_file(attached, extract))
        separator = ",\n"
    yield f'],\n"complete": {_json(seen == dossier.messages)}}}\n'


def _facts(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "Written", _spoken(dossier.at)
    yield "Session", dossier.session_id
    yield "Begun", f"{_spoken(dossier.created_at)}, by {dossier.channel}"
    for contact in dossier.contacts:
        yield "Your number", f"{contact.phone.e164} ({contact.channel}), last sign {_spoken(contact.proved_at)}"
    if dossier.typed_phone:
        yield "Number you typed", dossier.typed_phone.e164
    if dossier.context:
        yield "Told of you by others", json.dumps(dict(dossier.context), ensure_ascii=False)
    for link in dossier.links:
        yield "Link or token", f"{link.kind}, made {_spoken(link.created_at)}, ends {_spoken(link.ends_at)}"
    for file in dossier.files:
        yield "File", f"{file.name}, {spoken_size(file.size)}, sent {_spoken(file.created_at)}"
    yield "Conversations", str(len(dossier.talks))
    yield "Messages", str(dossier.messages)


def _facts_of_talk(talk: Talk) -> Iterator[tuple[str, str]]:
    yield "Begun", _spoken(talk.created_at)
    yield "Flow", f"{talk.flow}, at {talk.state}, {talk.status}, answered by a {talk.owner}"
    for name, value in (("Title", talk.title), ("Outcome", talk.outcome), ("Assignee", talk.assignee)):
        if value:
            yield name, value
    for name, value in talk.answers.items():
        yield f"Collected as {name}", value


def _wire(dossier: Dossier) -> dict[str, Any]:
    return {
        "format": "chatterkeep.session",
        "version": VERSION,
        "exported_at": dossier.at,
        "session_id": dossier.session_id,
        "channel": dossier.channel,
        "created_at": dossier.created_at,
        "numbers": [
            {"channel": c.channel, "phone": c.phone.e164, "created_at": c.since, "proved_at": c.proved_at}
            for c in dossier.contacts
        ],
        "typed_number": dossier.typed_phone.e164 if dossier.typed_phone else None,
        "context": dict(dossier.context),
        "links": [
            {"kind": n.kind, "created_at": n.created_at, "used_at": n.used_at, "ends_at": n.ends_at}
            for n in dossier.links
        ],
        "message_count": dossier.messages,
    }


def _wire_of_talk(talk: Talk) -> dict[str, Any]:
    return {
        "conversation_id": talk.conversation_id,
        "number": talk.number,
        "flow": talk.flow,
        "state": talk.state,
        "status": talk.status,
        "owner": talk.owner,
        "title": talk.title,
        "outcome": talk.outcome,
        "assignee": talk.assignee,
        "answers": dict(talk.answers),
        "created_at": talk.created_at,
        "last_message_at": talk.last_message_at,
    }


def _wire_of_file(file: Attached, extract: Extract) -> dict[str, Any]:
    return {
        "file_id": file.file_id,
        "name": file.name,
        "type": file.kind,
        "size": file.size,
        "created_at": file.created_at,
        "conversation": file.at[0] if file.at else None,
        "seq": file.at[1] if file.at else None,
        "text": extract.text,
        "text_complete": extract.complete,
    }


def _wire_of_line(line: Line) -> dict[str, Any]:
    rests_on = asdict(line.basis) if line.basis else {}
    return {
        "seq": line.position.seq,
        "created_at": line.created_at,
        "author": line.author,
        "kind": line.kind,
        "state": line.state,
        "text": line.text,
        **rests_on,
        **_wire_of_feedback(line.feedback),
    }


def _wire_of_feedback(feedback: Feedback | None) -> dict[str, Any]:
    if feedback is None:
        return {}
    return {"feedback": feedback.verdict, "comment": feedback.comment, "feedback_at": feedback.given_at}


def _opinion(feedback: Feedback) -> str:
    """What the reader of the file thought of a message, as a line below it."""
    verdict = "You found this helpful" if feedback.verdict is Verdict.POSITIVE else "You did not find this helpful"
    return f"{verdict}: {feedback.comment}" if feedback.comment else f"{verdict}."


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda moment: moment.isoformat())


def _spoken(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _read(line: Line) -> str:
    """The words of a message, where nothing shows Markdown."""
    return footnoted(line.text, line.basis) if line.kind.is_generated else line.text


def _indented(text: str) -> str:
    """Further lines are set in, so that no message can pass for another one."""
    return text.replace("\n", "\n    ")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text).replace("\n", "\\\n")


def _quoted(line: Line) -> str:
    """A message as a quotation; what was generated is Markdown already, all else is shown as it was written."""
    text = line.text if line.kind.is_generated else _escaped(line.text)
    return "\n".join(f"> {part}" for part in text.split("\n"))
