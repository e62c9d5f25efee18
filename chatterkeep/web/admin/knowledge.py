"""The documents that answers rest on: who may read here sees them, and administrators change them."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.staff import Role
from chatterkeep.web import access
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.knowing import (
    NewDocument,
    document_view,
    knowledge_view,
    read_new_document,
    read_number,
    typed_question,
)
from chatterkeep.web.context import services


@blueprint.get("/knowledge")
@access.staff("viewer")
def knowledge() -> str:
    """The documents, newest first; with a question, the passages that fit it."""
    return _page(NewDocument())


@blueprint.post("/knowledge")
@access.staff("admin")
def add_knowledge() -> BaseResponse | tuple[str, int]:
    """Add what was typed, or a file of text."""
    typed, taken = read_new_document(request)
    try:
        added = services().knowledge.add(taken(), guard.actor(), services().clock())
    except InvalidInput as error:
        return _page(typed, str(error)), 422
    return redirect(url_for("admin.document", document_id=added.document.id), 303)


@blueprint.get("/knowledge/<uuid:document_id>")
@access.staff("viewer")
def document(document_id: UUID) -> str:
    """A document with its passages."""
    use, after = services().knowledge, read_number(request.args.get("after", ""))
    found = use.document(str(document_id))
    view = document_view(found, use.passages_of(found.id, after), after, services().clock(), may_change=_may_change())
    return render_template("admin/document.html", view=view)


@blueprint.post("/knowledge/<uuid:document_id>/remove")
@access.staff("admin")
def remove_knowledge(document_id: UUID) -> BaseResponse:
    """Remove a document: no answer rests on it from now on."""
    services().knowledge.remove(str(document_id), guard.actor(), services().clock())
    return redirect(url_for("admin.knowledge"), 303)


@blueprint.get("/knowledge/passages/<uuid:passage_id>")
@access.staff("viewer")
def passage(passage_id: UUID) -> BaseResponse:
    """Lead to where a passage stands in its document."""
    place = services().knowledge.passage(str(passage_id))
    page: dict[str, Any] = {"document_id": place.document_id, "_anchor": f"p-{place.number}"}
    return redirect(url_for("admin.document", **page, after=place.number - 1), 303)


def _page(typed: NewDocument, error: str | None = None) -> str:
    question, after = typed_question(request.args), request.args.get("after", "")
    found = services().knowledge.ask(question) if question else None
    documents = services().knowledge.browse(after)
    view = knowledge_view(documents, after, found, typed, services().clock())
    view = view.asked(question, error, may_change=_may_change())
    return render_template("admin/knowledge.html", view=view)


def _may_change() -> bool:
    return guard.role().covers(Role.ADMIN)
