"""The staff pages about conversations: their list, and each of them."""

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.web import access
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.filters import cursor_in, read_filters, read_part, read_step, typed_filters
from chatterkeep.web.admin.presenters import inbox_view, list_url, refused_view
from chatterkeep.web.admin.transcript import transcript_view
from chatterkeep.web.context import services
from chatterkeep.web.downloads import attachment


@blueprint.get("/")
@access.staff("viewer")
def start() -> BaseResponse:
    """Go to the list."""
    return redirect(url_for("admin.conversations"), 302)


@blueprint.get("/conversations")
@access.staff("viewer")
def conversations() -> str | tuple[str, int]:
    """The list: filtered as its address says, newest first."""
    now, flows, typed = services().clock(), services().flows, typed_filters(request.args)
    try:
        filters = read_filters(typed, services().region, flows)
        step = read_step(request.args, typed)
    except InvalidInput as error:
        return render_template("admin/conversations.html", view=refused_view(typed, error, flows, now)), 422
    page = services().history.browse(filters, step, guard.actor(), now)
    here = list_url(typed, cursor_in(request.args))
    return render_template("admin/conversations.html", view=inbox_view(page, typed, flows, here, now))


@blueprint.get("/conversations/<uuid:conversation_id>")
@access.staff("viewer")
def conversation(conversation_id: UUID) -> str:
    """One conversation: its messages, the states it passed, what was collected."""
    now = services().clock()
    part = read_part(request.args)
    transcript = services().history.read(str(conversation_id), part, guard.actor(), now)
    start = url_for("admin.conversations")
    address = request.args.get("back", "")
    back = guard.own_page(address, start, guard.own_page(address, url_for("admin.search"), start))
    return render_template("admin/conversation.html", view=transcript_view(transcript, back, guard.role(), now))


@blueprint.get("/conversations/<uuid:conversation_id>/files/<file_id>")
@access.staff("viewer")
def download_file(conversation_id: UUID, file_id: str) -> Response:
    """A file that was sent in this conversation, always as an attachment; the audit keeps who took it."""
    now = services().clock()
    return attachment(services().files.open_for_staff(file_id, str(conversation_id), guard.actor(), now))
