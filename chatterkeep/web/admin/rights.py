"""What staff do with what is kept of a person: see the whole number, hand out a copy, erase it all."""

from uuid import UUID

from flask import Response, make_response, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.dossier import Format
from chatterkeep.domain.erasure import By
from chatterkeep.domain.errors import NotFound
from chatterkeep.services.rights import Wish
from chatterkeep.web import access
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.presenters import conversation_url, revealed_view
from chatterkeep.web.context import services
from chatterkeep.web.downloads import download, kind_of
from chatterkeep.web.privacy import erase_view, posted_receipt, receipt_view, refusal, to_receipt


@blueprint.post("/conversations/<uuid:conversation_id>/reveal")
@access.staff("agent")
def reveal(conversation_id: UUID) -> str:
    """The whole number, this once: the audit keeps that it was shown, and no cache keeps the page."""
    phone = services().history.reveal(str(conversation_id), guard.actor(), services().clock())
    return render_template("admin/revealed.html", view=revealed_view(str(conversation_id), phone))


@blueprint.get("/conversations/<uuid:conversation_id>/export/<kind>")
@access.staff("admin")
def export(conversation_id: UUID, kind: str) -> Response:
    """All that is kept of the person whose conversation this is, as a file for them."""
    session_id = services().history.session_of(str(conversation_id))
    return download(services().rights.export(session_id, kind_of(kind), guard.actor(), services().clock()))


@blueprint.get("/conversations/<uuid:conversation_id>/erase")
@access.staff("admin")
def show_erase(conversation_id: UUID) -> Response:
    """What would be erased, and the form that does it."""
    return _erase_page(str(conversation_id))


@blueprint.post("/conversations/<uuid:conversation_id>/erase")
@access.staff("admin")
def erase(conversation_id: UUID) -> BaseResponse:
    """Erase a person, if that is meant. The same form again, after a lost answer, leads to the same receipt."""
    receipt_id = posted_receipt()
    try:
        session_id = services().history.session_of(str(conversation_id))
    except NotFound:
        if not services().rights.is_receipt(receipt_id):
            raise
        return to_receipt("admin.show_receipt", receipt_id)
    if problem := refusal():
        return _erase_page(str(conversation_id), problem)
    wish = Wish(session_id, receipt_id, By.STAFF, guard.actor())
    return to_receipt("admin.show_receipt", services().rights.erase(wish, services().clock()).receipt_id)


@blueprint.get("/erased/<uuid:receipt_id>")
@access.staff("admin")
def show_receipt(receipt_id: UUID) -> str:
    """That a person was erased, and how much; nothing of whom."""
    return render_template("admin/erased.html", view=receipt_view(services().rights.receipt(str(receipt_id))))


def _erase_page(conversation_id: str, error: str | None = None) -> Response:
    links = [(kind.upper(), url_for("admin.export", conversation_id=conversation_id, kind=kind)) for kind in Format]
    view = erase_view(
        action=url_for("admin.erase", conversation_id=conversation_id),
        back_url=conversation_url(conversation_id, ""),
        exports=tuple(links),
        counts=services().rights.counts(services().history.session_of(conversation_id)),
        error=error,
    )
    return make_response(render_template("admin/erase.html", view=view), 422 if error else 200)
