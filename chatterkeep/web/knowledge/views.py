"""`/api/v1/knowledge`: add documents, list them, remove them; `/api/v1/passages`: read what an answer cites."""

from flask import Blueprint, Response, jsonify, request

from chatterkeep.domain.documents import Result
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import SessionRef
from chatterkeep.web import access
from chatterkeep.web.context import acting_as, services
from chatterkeep.web.fields import UUID
from chatterkeep.web.knowledge.payload import read_document, read_listing
from chatterkeep.web.knowledge.presenters import RemovedWire, added_wire, document_wire, documents_wire, passage_wire
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


@blueprint.get("/api/v1/passages/<passage_id>")
@access.client("chat", session=True)
def show_passage(passage_id: str) -> Response:
    """A passage that an answer cites; the holder of a session token reads those that are cited in the session."""
    found, mine, use = _known(passage_id, "passage"), access.caller().session_id, services()
    place = use.threads.source(SessionRef(mine), found) if mine else use.knowledge.passage(found)
    if place is None:
        raise NotFound("passage")
    return jsonify(passage_wire(place))


def _known(public_id: str, thing: str = "document") -> str:
    if not UUID.fullmatch(public_id):
        raise NotFound(thing)
    return public_id
