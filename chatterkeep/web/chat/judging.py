"""The thumbs under an answer: which of them is pressed, where they are sent, and why the answer did not help."""

from dataclasses import dataclass

from flask import url_for

from chatterkeep.domain.feedback import LONGEST_COMMENT, Feedback, Verdict
from chatterkeep.domain.outcome import message_id
from chatterkeep.domain.transcript import Line
from chatterkeep.services.threads import Thread
from chatterkeep.web.chat.forms import earlier_than

NONE = "none"
"""What a pressed thumb sends: it takes back what was thought."""


@dataclass(frozen=True, slots=True)
class ThumbView:
    """One thumb. `sends` is what pressing it says."""

    dom_id: str
    name: str
    sends: str
    pressed: bool
    down: bool


@dataclass(frozen=True, slots=True)
class WhyView:
    """The field in which a reader says why an answer did not help, with the `comment` that is kept already."""

    dom_id: str
    button_id: str
    verdict: str
    comment: str
    longest: int


@dataclass(frozen=True, slots=True)
class ThumbsView:
    """Both thumbs of a message, which they name by `message`; `why` once it was found not helpful."""

    dom_id: str
    url: str
    message: str
    thumbs: tuple[ThumbView, ThumbView]
    why: WhyView | None


def asks_opinions(thread: Thread) -> bool:
    """Tell whether there are thumbs in a thread, or may be soon."""
    return thread.flow.generates or any(line.kind.is_generated for line in thread.lines)


def thumbs_of(line: Line, token: str) -> ThumbsView | None:
    """Word the thumbs under a message; None for one that nobody is asked about."""
    if not line.kind.is_generated:
        return None
    own = message_id(line.conversation_id, line.position.seq)
    return thumbs_view(token, own, dom_id(line.position.number, line.position.seq), line.feedback)


def thumbs_view(token: str, own: str, below: str, feedback: Feedback | None) -> ThumbsView:
    """Word the thumbs under the message with a public id, which stands in the page as `below`.

    Whoever looks at earlier messages comes back to those.
    """
    verdict = feedback.verdict if feedback else None
    up = _thumb(below, "Helpful", Verdict.POSITIVE, verdict)
    thumbs = (up, _thumb(below, "Not helpful", Verdict.NEGATIVE, verdict))
    url = url_for("chat.judge", token=token, before=earlier_than())
    return ThumbsView(f"t-{below}", url, own, thumbs, _why(below, feedback))


def dom_id(number: int, seq: int) -> str:
    """Return what a message is called in the page."""
    return f"m-{number}-{seq}"


def _thumb(below: str, name: str, means: Verdict, verdict: Verdict | None) -> ThumbView:
    pressed = means is verdict
    down = means is Verdict.NEGATIVE
    return ThumbView(f"{'d' if down else 'u'}-{below}", name, NONE if pressed else means.value, pressed, down)


def _why(below: str, feedback: Feedback | None) -> WhyView | None:
    if feedback is None or feedback.verdict is not Verdict.NEGATIVE:
        return None
    return WhyView(f"w-{below}", f"s-{below}", feedback.verdict.value, feedback.comment or "", LONGEST_COMMENT)
