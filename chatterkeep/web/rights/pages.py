"""What a person may ask for on their page: a file of all that is kept of them, and its end with a receipt."""

from uuid import UUID, uuid4

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.audit import VISITOR
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.erasure import WORD, By, is_meant
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.services.rights import Wish
from chatterkeep.web import access
from chatterkeep.web.context import acting_as, services
from chatterkeep.web.downloads import download
from chatterkeep.web.limits import limiting
from chatterkeep.web.rights.presenters import erase_view, receipt_view

WRONG = f"To erase everything, type the word {WORD} into the box."

blueprint = Blueprint("rights", __name__)


@blueprint.get("/c/<token>/export/<any(txt,md,json):kind>")
@access.capability
def export(token: str, kind: str) -> Response:
    """All that is kept of whoever holds this link, as a file."""
    limiting().request()
    session_id = _session_of(token)
    return download(services().rights.export(session_id, Format(kind), acting_as(VISITOR), services().clock()))


@blueprint.get("/c/<token>/erase")
@access.capability
def show_erase(token: str) -> str:
    """What would be erased, and the form that does it."""
    return _erase_page(token, str(uuid4()))


@blueprint.post("/c/<token>/erase")
@access.capability
def erase(token: str) -> BaseResponse | tuple[str, int]:
    """Erase everything, if that is meant. The same form again, after a lost answer, leads to the same receipt."""
    limiting().request()
    receipt_id = _receipt_id()
    try:
        session_id = _session_of(token)
    except NotFound:
        return _to_receipt(services().rights.receipt(receipt_id).receipt_id)
    if not is_meant(request.form.get("word", "")):
        return _erase_page(token, receipt_id, WRONG), 422
    wish = Wish(session_id, receipt_id, By.VISITOR, acting_as(VISITOR))
    return _to_receipt(services().rights.erase(wish, services().clock()).receipt_id)


@blueprint.get("/erased/<uuid:receipt_id>")
@access.public
def show_receipt(receipt_id: UUID) -> str:
    """That something was erased, and how much; nothing of whom."""
    return render_template("rights/erased.html", view=receipt_view(services().rights.receipt(str(receipt_id))))


def _session_of(token: str) -> str:
    return services().threads.session_of(Capability(token, TokenKind.PAGE))


def _receipt_id() -> str:
    """The id that our form chose; another one for whatever else was sent."""
    try:
        return str(UUID(request.form.get("receipt", "")))
    except ValueError:
        return str(uuid4())


def _to_receipt(receipt_id: str) -> BaseResponse:
    return redirect(url_for("rights.show_receipt", receipt_id=receipt_id), 303)


def _erase_page(token: str, receipt_id: str, error: str | None = None) -> str:
    counts = services().rights.counts(_session_of(token))
    return render_template("rights/erase.html", view=erase_view(token, receipt_id, counts, error, request.form))
