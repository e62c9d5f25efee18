"""`/api/v1`: sessions that begin without a word, and their conversations: listed, read, named, deleted."""

from flask import Blueprint, Response, jsonify, request, url_for

from chatterkeep.domain.audit import VISITOR
from chatterkeep.web import access, metrics
from chatterkeep.web.api.conversation_payload import (
    conversation_ref,
    read_beginning,
    read_naming,
    read_part,
    read_shelf,
)
from chatterkeep.web.api.conversation_presenters import anteroom_wire, conversation_wire, reading_wire, shelf_wire
from chatterkeep.web.context import acting_as, services
from chatterkeep.web.limits import limiting

blueprint = Blueprint("conversations", __name__, url_prefix="/api/v1")


@blueprint.post("/sessions")
@access.client("chat")
def begin_session() -> Response:
    """Open a session in which nobody says anything yet. The answer alone holds its token."""
    limiting().request()
    read_beginning(request)
    opened = services().conversations.open(services().clock())
    metrics.SESSIONS.labels("api").inc()
    response = jsonify(session=anteroom_wire(opened.session), token=opened.token)
    response.status_code = 201
    response.headers["Location"] = url_for("conversations.check_session", session_id=opened.session.session_id)
    return response


@blueprint.get("/sessions/<session_id>")
@access.client("sessions:read", session=True)
def check_session(session_id: str) -> Response:
    """Whether a session is there, and which conversation is its newest."""
    session = access.session_ref(session_id)
    return jsonify(session=anteroom_wire(services().conversations.anteroom(session.public_id)))


@blueprint.get("/conversations")
@access.client("sessions:read", session=True)
def list_conversations() -> Response:
    """A page of a session's conversations, newest first."""
    session, part = read_shelf(request.args)
    return jsonify(shelf_wire(services().conversations.list(session.public_id, part, services().clock())))


@blueprint.get("/conversations/<conversation_id>")
@access.client("sessions:read", session=True)
def show_conversation(conversation_id: str) -> Response:
    """A conversation with its newest messages, or with those before a number."""
    named, mine = conversation_ref(conversation_id), access.caller().session_id
    part, use = read_part(request.args), services()
    return jsonify(reading_wire(use.conversations.read(named, mine, part, use.clock())))


@blueprint.patch("/conversations/<conversation_id>")
@access.client("sessions:write", session=True)
def rename_conversation(conversation_id: str) -> Response:
    """Give a conversation a name. Names are stored encrypted, as messages are."""
    named, mine = conversation_ref(conversation_id), access.caller().session_id
    naming, use = read_naming(request), services()
    if naming.given:
        return jsonify(conversation=conversation_wire(use.conversations.rename(named, mine, naming.title, use.clock())))
    return jsonify(conversation=conversation_wire(use.conversations.overview(named, mine, use.clock())))


@blueprint.delete("/conversations/<conversation_id>")
@access.client("sessions:write", session=True)
def delete_conversation(conversation_id: str) -> Response:
    """Delete a conversation with all that belongs to it, for good."""
    limiting().request()
    named, mine = conversation_ref(conversation_id), access.caller().session_id
    who = acting_as(VISITOR if mine else access.caller().name)
    services().conversations.delete(named, mine, who, services().clock())
    return jsonify(deleted=True, id=named)
