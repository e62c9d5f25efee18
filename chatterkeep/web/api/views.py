"""`/chat/session` and `/chat/message`: a session with its context, and messages whose replies come by themselves."""

from flask import Blueprint, Response, jsonify, request

from chatterkeep.domain.errors import Refused
from chatterkeep.domain.outcome import Outcome
from chatterkeep.web import access, metrics, tickets
from chatterkeep.web.api.payload import Start, read_saying, read_start
from chatterkeep.web.api.presenters import StartedWire, sent_wire, started_wire
from chatterkeep.web.api.receiving import FLOW, receive
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting
from chatterkeep.web.replays import marked

blueprint = Blueprint("realtime", __name__)


@blueprint.post("/chat/session")
@access.client("chat", session=True)
def start_session() -> Response:
    """Open a session with what is told of the customer, or resume one: what is told is added to what was."""
    limiting().request()
    start = read_start(request)
    return jsonify(_resumed(start, start.session_id) if start.session_id is not None else _opened(start))


@blueprint.get("/chat/session/<session_id>")
@access.client("chat", session=True)
def show_context(session_id: str) -> Response:
    """What was told of a session."""
    session = access.session_ref(session_id)
    return jsonify(session_id=session.public_id, context=services().sessions.context(session.public_id))


@blueprint.post("/chat/session/<session_id>/ticket")
@access.client("chat", session=True)
def issue_ticket(session_id: str) -> Response:
    """A ticket that opens the session's socket, once and soon: for browsers, which can send no header there."""
    limiting().request()
    session = access.session_ref(session_id)
    services().sessions.conversation_of(session.public_id)
    return jsonify(ticket=tickets.issue(session.public_id, access.caller().token), expires_in=tickets.LIFETIME)


@blueprint.post("/chat/message")
@access.client("chat", session=True)
def send_message() -> Response:
    """Take a message in, and answer at once; read the reply at the socket, or where `/chat/replies` shows it."""
    limiting().request()
    return _sent(receive(read_saying(request, access.caller().name)))


def _sent(outcome: Outcome) -> Response:
    response = jsonify(sent_wire(outcome))
    return marked(response, outcome)


def _opened(start: Start) -> StartedWire:
    if access.caller().session_id:
        raise Refused("A session token opens no other session.", access.HINT, known=True)
    opening = services().sessions.open(start.flow or FLOW, services().clock(), start.context)
    metrics.SESSIONS.labels("api").inc()
    return started_wire(opening.session.session_id, "created", start.context, opening.token)


def _resumed(start: Start, session_id: str) -> StartedWire:
    """Who shows a session token holds one already; a server that may do all a token may is given another."""
    session, sessions = access.session_ref(session_id), services().sessions
    context = sessions.resume(session.public_id, start.context)
    caller = access.caller()
    may_all = caller.session_id is None and caller.may("sessions:read") and caller.may("sessions:write")
    token = sessions.new_token(session.public_id, services().clock()) if may_all else None
    return started_wire(session.public_id, "resumed", context, token)
