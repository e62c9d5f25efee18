"""Takes what a visitor thinks of an answer: a plain form, which htmx makes pleasant."""

from typing import Final

from flask import url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.errors import InvalidInput, NotFound, RateLimited
from chatterkeep.domain.feedback import LONGEST_COMMENT, Feedback, Verdict
from chatterkeep.domain.messages import clean_text
from chatterkeep.web import access
from chatterkeep.web.chat.forms import ThumbForm, earlier_than
from chatterkeep.web.chat.judging import NONE, dom_id, thumbs_view
from chatterkeep.web.chat.pages import blueprint, capability, fragment, wants_fragment
from chatterkeep.web.context import services
from chatterkeep.web.fields import MESSAGE_ID
from chatterkeep.web.limits import limiting

_SAID: Final = {
    NONE: "Mark removed",
    Verdict.POSITIVE: "Marked as helpful",
    Verdict.NEGATIVE: "Marked as not helpful. You can say why.",
}
_COMMENTED: Final = "Thank you. Your comment is kept"


@blueprint.post("/c/<token>/feedback")
@access.capability
def judge(token: str) -> BaseResponse:
    """Keep what is thought of an answer and why, or take it back."""
    form = ThumbForm()
    session_id = services().threads.session_of(capability(token))
    try:
        limiting().request()
        feedback = _feedback(form)
    except (InvalidInput, RateLimited) as error:
        if not wants_fragment():
            raise
        return fragment("chat/_news.html", token, form.text_of("after"), str(error))
    conversation_id, seq = _message(form.text_of("message"))
    place = services().opinions.give(conversation_id, seq, session_id, feedback)
    below = dom_id(place.number, place.seq)
    if not wants_fragment():
        return redirect(_page(token, below), 303)
    thumbs = thumbs_view(token, form.text_of("message"), below, feedback)
    return fragment("chat/_judged.html", token, form.text_of("after"), _told(feedback), thumbs=thumbs)


def _page(token: str, below: str) -> str:
    return url_for("chat.show_thread", token=token, before=earlier_than(), _anchor=below)


def _message(told: str) -> tuple[str, int]:
    found = MESSAGE_ID.fullmatch(told)
    if found is None:
        raise NotFound("message")
    return found[1], int(found[2])


def _told(feedback: Feedback | None) -> str:
    return _COMMENTED if feedback and feedback.comment else _SAID[feedback.verdict if feedback else NONE]


def _feedback(form: ThumbForm) -> Feedback | None:
    verdict, comment = form.text_of("verdict"), form.text_of("comment").strip()
    if verdict == NONE:
        return None
    if verdict not in list(Verdict):
        raise InvalidInput("verdict", "This is no opinion: press one of the thumbs.", "positive")
    kept = clean_text(comment, "comment", LONGEST_COMMENT) if comment else None
    return Feedback(Verdict(verdict), kept, services().clock())
