"""`/c/<token>/passages/<id>`: the passages that answers on a page cite, for whoever holds the page's link."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.transcript import Position
from chatterkeep.web import access
from chatterkeep.web.chat.forms import earlier_than, read_position
from chatterkeep.web.chat.judging import dom_id
from chatterkeep.web.context import services
from chatterkeep.web.passages import passage_view

blueprint = Blueprint("sources", __name__)


@blueprint.get("/c/<token>/passages/<uuid:passage_id>")
@access.capability
def show(token: str, passage_id: UUID) -> str | tuple[str, int]:
    """A passage, as the document has it; 410 where the document was changed or removed since the answer.

    The way back leads to the answer that it was cited `at`.
    """
    place = services().threads.source(Capability(token, TokenKind.PAGE), str(passage_id))
    at = read_position(request.args.get("at", ""))
    below = dom_id(at.number, at.seq) if at != Position() else None
    back = url_for("chat.show_thread", token=token, before=earlier_than(), _anchor=below)
    page = render_template("chat/source.html", passage=passage_view(place) if place else None, back_url=back)
    return page if place else (page, 410)
