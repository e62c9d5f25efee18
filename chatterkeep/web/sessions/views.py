"""`/sessions`: a session, its messages, and the list of all, for the programs of those who answer."""

from flask import Blueprint, Response, jsonify, request, url_for

from chatterkeep.domain.errors import Refused
from chatterkeep.domain.messages import Author, Inbound
from chatterkeep.domain.outcome import Outcome
from chatterkeep.web import access, metrics
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting
from chatterkeep.web.replays import marked
from chatterkeep.web.sessions.payload import read_labels, read_listing, read_message, read_opening, read_place
from chatterkeep.web.sessions.presenters import opened_wire, page_wire, session_wire

blueprint = Blueprint("sessions", __name__)


@blueprint.post("/sessions")
@access.client("sessions:write")
def open_session() -> Response:
    """Open a session. The answer alone holds its token, with which the customer's own program can go on."""
    limiting().request()
    opening = services().sessions.open(read_opening(request), services().clock())
    metrics.SESSIONS.labels("api").inc()
    response = jsonify(opened_wire(opening.session, opening.token))
    response.status_code = 201
    response.headers["Location"] = url_for("sessions.show_session", session_id=opening.session.session_id)
    return response


@blueprint.get("/sessions")
@access.client("sessions:read")
def list_sessions() -> Response:
    """A page of the sessions in which something was said, newest activity first."""
    listing = read_listing(request.args)
    return jsonify(page_wire(services().sessions.list(listing.limit, listing.cursor)))


@blueprint.get("/sessions/<session_id>")
@access.client("sessions:read", session=True)
def show_session(session_id: str) -> Response:
    """A session with its newest messages, or with those before a place."""
    session = access.session_ref(session_id)
    before = read_place(request.args)
    sessions = services().sessions
    found = sessions.show(session.public_id, before) if before else sessions.show(session.public_id)
    return jsonify(session_wire(found))


@blueprint.post("/sessions/<session_id>/messages")
@access.client("sessions:write", session=True)
def add_message(session_id: str) -> Response:
    """Take a message of the customer, or of a person who answers; the answer is the session as it is now."""
    limiting().request()
    session = access.session_ref(session_id)
    inbound, author = read_message(request, session, access.caller().name)
    outcome = _heard(inbound) if author is Author.CUSTOMER else _spoken(inbound)
    response = jsonify(session_wire(services().sessions.show(session.public_id)))
    response.status_code = 201
    return marked(response, outcome)


@blueprint.patch("/sessions/<session_id>")
@access.client("sessions:write")
def label_session(session_id: str) -> Response:
    """Note how a session ended, and whose it is."""
    session = access.session_ref(session_id)
    return jsonify(session_wire(services().sessions.label(session.public_id, read_labels(request))))


@blueprint.post("/sessions/<session_id>/close")
@access.client("sessions:write")
def close_session(session_id: str) -> Response:
    """Close what is going on in a session; the next message begins anew."""
    session = access.session_ref(session_id)
    return jsonify(session_wire(services().sessions.close(session.public_id, services().clock())))


def _heard(inbound: Inbound) -> Outcome:
    admit = limiting().message_of(services().pseudonym(inbound.sender))
    outcome = services().turns.receive(inbound, services().clock(), admit)
    metrics.TURNS.labels("api", "replayed" if outcome.replayed else "stored").inc()
    return outcome


def _spoken(inbound: Inbound) -> Outcome:
    if not access.caller().may("agent"):
        raise Refused("Writing as a service agent needs the scope 'agent'.", access.HINT, known=True)
    return services().sessions.speak(inbound, services().clock())
