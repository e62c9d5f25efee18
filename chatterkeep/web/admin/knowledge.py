"""The documents that answers rest on: who may read here sees them, and administrators change them."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.documents import TYPED
from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.staff import Role
from chatterkeep.services.knowledge import PAGE
from chatterkeep.web import access
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.drafting import Draft, read_draft
from chatterkeep.web.admin.knowing import (
    DraftView,
    document_view,
    draft_view,
    knowledge_view,
    read_number,
    typed_question,
)
from chatterkeep.web.context import services
from chatterkeep.web.fields import UUID as ID


@blueprint.get("/knowledge")
@access.staff("viewer")
def knowledge() -> str:
    """The documents, newest first; with a question, what it gets."""
    return _page(draft_view(Draft()))


@blueprint.post("/knowledge")
@access.staff("admin")
def add_knowledge() -> BaseResponse | tuple[str, int]:
    """Add what was typed, or a file of text."""
    saved = _saved(read_draft(request))
    return saved if isinstance(saved, BaseResponse) else (_page(saved), 422)


@blueprint.get("/knowledge/<uuid:document_id>")
@access.staff("viewer")
def document(document_id: UUID) -> str:
    """A document with its passages."""
    use, after = services().knowledge, read_number(request.args.get("after", ""))
    found = use.document(str(document_id))
    view = document_view(found, use.passages_of(found.id, after), after, services().clock(), may_change=_may_change())
    return render_template("admin/document.html", view=view)


@blueprint.get("/knowledge/<uuid:document_id>/edit")
@access.staff("admin")
def show_edit_knowledge(document_id: UUID) -> str:
    """What was typed, to be corrected."""
    found = services().knowledge.document(str(document_id))
    if found.origin != TYPED:
        raise NotFound("document")
    draft = Draft(found.title, services().knowledge.text_of(found.id), found.language)
    return render_template("admin/edit_document.html", form=draft_view(draft, instead=found.id))


@blueprint.post("/knowledge/<uuid:document_id>/edit")
@access.staff("admin")
def edit_knowledge(document_id: UUID) -> BaseResponse | tuple[str, int]:
    """Put what was typed in the place of a document."""
    found = services().knowledge.document(str(document_id))
    saved = _saved(read_draft(request), found.id)
    return saved if isinstance(saved, BaseResponse) else (render_template("admin/edit_document.html", form=saved), 422)


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


def _saved(draft: Draft, instead: str = "") -> BaseResponse | DraftView:
    """Save a document and lead to it; or the form once more, with the reason."""
    use = services().knowledge
    try:
        text = draft.document()
    except InvalidInput as error:
        return draft_view(draft, str(error), instead)
    other = use.titled(text.title) if text.origin == TYPED and not draft.anyway else None
    if other and other.id != instead:
        return draft_view(draft, "There is a document of this title already.", instead, other)
    added = use.add(text, guard.actor(), services().clock(), instead)
    return redirect(url_for("admin.document", document_id=added.document.id, done=added.result.value), 303)


def _page(form: DraftView) -> str:
    use, question, after = services().knowledge, typed_question(request.args), request.args.get("after", "")
    if after and not ID.fullmatch(after):
        raise NotFound("document")
    documents = use.browse(use.document(after).id if after else "", PAGE + 1)
    tried = use.tried(question) if question else None
    view = knowledge_view(documents, question, tried, form if _may_change() else None, services().clock())
    return render_template("admin/knowledge.html", view=view)


def _may_change() -> bool:
    return guard.role().covers(Role.ADMIN)
