"""`/api/v1/knowledge`: add documents, list them, remove them."""

from flask import Blueprint, Response, jsonify, request

from chatterkeep.domain.documents import Result
from chatterkeep.domain.errors import NotFound
from chatterkeep.web import access
from chatterkeep.web.context import acting_as, services
from chatterkeep.web.fields import UUID
from chatterkeep.web.knowledge.payload import read_document, read_listing
from chatterkeep.web.knowledge.presenters import RemovedWire, added_wire, document_wire, documents_wire
from chatterkeep.web.limits import limiting

blueprint = Blueprint("knowledge", __name__)


@blueprint.post("/api/v1/knowledge")
@access.client("files")
def add_document() -> tuple[Response, int]:
    """Add a document, or replace the one of the same origin; the same again changes nothing."""
    limiting().request()
    added = services().knowledge.add(read_document(request), acting_as(access.caller().name), services().clock())
    return jsonify(added_wire(added)), 200 if added.result is Result.UNCHANGED else 201


@blueprint.get("/api/v1/knowledge")
@access.client("files")
def list_documents() -> Response:
    """A page of the documents, newest first."""
    asked = read_listing(request.args)
    after = services().knowledge.document(_known(asked.cursor)).id if asked.cursor else ""
    found = services().knowledge.browse(after, asked.limit + 1)
    return jsonify(documents_wire(found, asked.limit))


@blueprint.get("/api/v1/knowledge/<document_id>")
@access.client("files")
def show_document(document_id: str) -> Response:
    """A document, without its text."""
    return jsonify(document_wire(services().knowledge.document(_known(document_id))))


@blueprint.delete("/api/v1/knowledge/<document_id>")
@access.client("files")
def remove_document(document_id: str) -> Response:
    """Remove a document: from now on no answer rests on it."""
    limiting().request()
    found = _known(document_id)
    services().knowledge.remove(found, acting_as(access.caller().name), services().clock())
    removed: RemovedWire = {"id": found, "removed": True}
    return jsonify(removed)


def _known(document_id: str) -> str:
    if not UUID.fullmatch(document_id):
        raise NotFound("document")
    return document_id
