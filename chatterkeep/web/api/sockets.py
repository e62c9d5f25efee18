"""`/ws`: the socket of a session, for clients that want its news as they happen."""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from chatterkeep.domain.errors import InvalidInput, Refused
from chatterkeep.web import access
from chatterkeep.web.api.payload import read_cursor
from chatterkeep.web.api.talk import Talk
from chatterkeep.web.api.websocket import accept
from chatterkeep.web.context import base_url, services
from chatterkeep.web.limits import limiting

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

blueprint = Blueprint("sockets", __name__)

LONGEST_CLIENT = 64


class Conversed(Response):
    """The end of a connection that was taken over: there is nobody left to answer."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Tell gunicorn to write nothing more; the development server finds out by itself."""
        if "gunicorn.socket" in environ:
            raise StopIteration
        return super().__call__(environ, start_response)


@blueprint.get("/ws/<session_id>/<client_id>", websocket=True)
@access.client("chat", session=True, ticket=True)
def converse(session_id: str, client_id: str) -> Response:
    """Follow a session and write in it, over one socket."""
    _refuse_other_sites()
    session, use = access.session_ref(session_id), services()
    if len(client_id) > LONGEST_CLIENT:
        raise InvalidInput("client_id", f"The id of a client has at most {LONGEST_CLIENT} characters.", "phone-1")
    now = use.following.newest(session.public_id)
    limiting().request()
    cursor = read_cursor(request.args, now.position.number) or now
    talk = Talk(accept(request), session, access.caller(), use)
    threading.Thread(target=talk.tell, args=(cursor,), name="teller", daemon=True).start()
    talk.listen()
    return Conversed(status=101)


def _refuse_other_sites() -> None:
    """Browsers let any page open a socket to us, and say only where it comes from."""
    origin = request.headers.get("Origin")
    own = urlsplit(base_url())
    if origin is not None and origin.lower() not in (f"{own.scheme}://{own.netloc}".lower(), request.host_url[:-1]):
        raise Refused("This socket was opened by another site.", "Open it from our own pages.", known=True)
