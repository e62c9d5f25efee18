"""Files on the page: sent with a message by a plain form, or before it by a script; taken along, and deleted."""

from uuid import NAMESPACE_URL, uuid4, uuid5

from flask import Response, current_app, g, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.audit import VISITOR
from chatterkeep.domain.errors import ChatterKeepError, NotFound
from chatterkeep.domain.messages import clean_text
from chatterkeep.services.files import Incoming, Sender
from chatterkeep.web import access, errors
from chatterkeep.web.chat.bubbles import file_view
from chatterkeep.web.chat.pages import (
    blueprint,
    capability,
    fragment,
    not_taken,
    receive,
    to_page,
    to_page_with,
    wants_fragment,
)
from chatterkeep.web.chat.presenters import Typed
from chatterkeep.web.context import acting_as, services
from chatterkeep.web.downloads import attachment
from chatterkeep.web.limits import limiting
from chatterkeep.web.uploads import read_upload, takes_files, takes_typed_files, typed_before_a_file


@blueprint.post("/c/<token>/messages/with-file")
@access.capability
@takes_typed_files
def send_with_file(token: str) -> BaseResponse | tuple[str, int]:
    """Take a message and, if there is one, the file that was sent with it, from a form without JavaScript."""
    fields: dict[str, str] = {}
    try:
        session_id = services().threads.session_of(capability(token))
    except NotFound:
        g.typed = typed_before_a_file(request, "text")
        raise
    try:
        limiting().request()
        with services().files.begin(lambda: _file_id(session_id, fields.get("key", ""))) as incoming:
            read_upload(request, incoming, fields)
            clean_text(fields.get("text", ""), "text")  # before a file is kept that nothing would be sent with
            files = _kept(session_id, incoming)
        reply = receive(token, fields.get("text", ""), fields.get("key", ""), files)
    except ChatterKeepError as error:
        g.typed = fields.get("text", "")
        return not_taken(token, error, Typed(g.typed, fields.get("key", "")))
    return to_page_with(token, reply)


@blueprint.post("/c/<token>/files")
@access.capability
@takes_files
def upload_file(token: str) -> BaseResponse | tuple[str, int]:
    """Take a file in for a message that is still being written, and answer with its entry in the list of them."""
    session_id = services().threads.session_of(capability(token))
    try:
        limiting().request()
        with services().files.begin() as incoming:
            read_upload(request, incoming, {})
            kept = services().files.keep(incoming, _sender(session_id), services().clock())
    except ChatterKeepError as error:
        return _refused(error)
    return render_template("chat/_attached.html", file=file_view(token, kept.attached)), 201


@blueprint.get("/c/<token>/files/<file_id>")
@access.capability
def download_file(token: str, file_id: str) -> Response:
    """A file of this conversation, always as an attachment."""
    return attachment(services().files.open(file_id, services().threads.session_of(capability(token))))


@blueprint.post("/c/<token>/files/<file_id>/delete")
@access.capability
def delete_file(token: str, file_id: str) -> BaseResponse:
    """Delete a file with all that is kept of it. The message that it was sent with stays."""
    limiting().request()
    session_id = services().threads.session_of(capability(token))
    services().files.remove(file_id, session_id, acting_as(VISITOR), services().clock())
    if not wants_fragment():
        return to_page(token)
    response = fragment("chat/_news.html", token, request.form.get("after", ""))
    gone = current_app.jinja_env.get_template("chat/_file_gone.html").render(file_id=file_id)
    response.set_data(response.get_data(as_text=True) + gone)
    return response


def _kept(session_id: str, incoming: Incoming) -> tuple[str, ...]:
    """Keep the file, unless this very form came before. None was chosen: there is nothing to keep."""
    if not incoming.is_there:
        return ()
    known = services().files.find(incoming.file_id, session_id)
    if known is None or known.at is None:
        services().files.keep(incoming, _sender(session_id), services().clock())
    return (incoming.file_id,)


def _file_id(session_id: str, key: str) -> str:
    """The id of the file of a form, which a browser may send twice: the same key is the same file."""
    return str(uuid5(uuid5(NAMESPACE_URL, session_id), key) if key else uuid4())


def _sender(session_id: str) -> Sender:
    return Sender(session_id, acting_as(VISITOR), limiting().file)


def _refused(error: ChatterKeepError) -> tuple[str, int]:
    problem = errors.problem_of(error)
    return render_template("chat/_send_error.html", view={"error": problem.message}), problem.status
