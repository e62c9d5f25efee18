"""What a person may ask for on their page: a file of all that is kept of them, and its end with a receipt."""

from uuid import UUID

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.audit import VISITOR
from chatterkeep.domain.erasure import By
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.services.rights import Wish
from chatterkeep.web import access
from chatterkeep.web.context import acting_as, services
from chatterkeep.web.downloads import download, kind_of
from chatterkeep.web.limits import limiting
from chatterkeep.web.privacy import erase_view, export_links, posted_receipt, receipt_view, refusal, to_receipt

blueprint = Blueprint("rights", __name__)


@blueprint.get("/c/<token>/export/<kind>")
@access.capability
def export(token: str, kind: str) -> Response:
    """All that is kept of whoever holds this link, as a file."""
    limiting().request()
    session_id = _session_of(token)
    return download(services().rights.export(session_id, kind_of(kind), acting_as(VISITOR), services().clock()))


@blueprint.get("/c/<token>/erase")
@access.capability
def show_erase(token: str) -> str:
    """What would be erased, and the form that does it."""
    return _erase_page(token)


@blueprint.post("/c/<token>/erase")
@access.capability
def erase(token: str) -> BaseResponse | tuple[str, int]:
    """Erase everything, if that is meant. The same form again, after a lost answer, leads to the same receipt."""
    limiting().request()
    receipt_id = posted_receipt()
    try:
        session_id = _session_of(token)
    except NotFound:
        if not services().rights.is_receipt(receipt_id):
            raise
        return to_receipt("rights.show_receipt", receipt_id)
    if problem := refusal():
        return _erase_page(token, problem), 422
    wish = Wish(session_id, receipt_id, By.VISITOR, acting_as(VISITOR))
    return to_receipt("rights.show_receipt", services().rights.erase(wish, services().clock()).receipt_id)


@blueprint.get("/erased/<uuid:receipt_id>")
@access.public
def show_receipt(receipt_id: UUID) -> str:
    """That something was erased, and how much; nothing of whom."""
    view = receipt_view(services().rights.receipt(str(receipt_id)))
    return render_template("rights/erased.html", view=view, home_url=url_for("chat.show_start"))


def _session_of(token: str) -> str:
    return services().threads.session_of(Capability(token, TokenKind.PAGE))


def _erase_page(token: str, error: str | None = None) -> str:
    thread = services().threads.show(Capability(token, TokenKind.PAGE))
    view = erase_view(
        action=url_for("rights.erase", token=token),
        back_url=url_for("chat.show_thread", token=token),
        exports=export_links(token),
        counts=services().rights.counts(thread.session_id),
        error=error,
    )
    verify_url = None if thread.proved else url_for("verify.begin", token=token)
    return render_template("rights/erase.html", view=view, verify_url=verify_url)
