"""`/c/<token>/passages/<id>`: the passages that answers on a page cite, for whoever holds the page's link."""

from uuid import UUID

from flask import Blueprint, render_template, url_for

from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.web import access
from chatterkeep.web.context import services

blueprint = Blueprint("sources", __name__)


@blueprint.get("/c/<token>/passages/<uuid:passage_id>")
@access.capability
def show(token: str, passage_id: UUID) -> str | tuple[str, int]:
    """A passage, as the document has it; 410 where the document was changed or removed since the answer."""
    place = services().threads.source(Capability(token, TokenKind.PAGE), str(passage_id))
    back = url_for("chat.show_thread", token=token)
    page = render_template("chat/source.html", place=place, back_url=back)
    return page if place else (page, 410)
