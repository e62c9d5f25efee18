"""`/api/v1/files`: files that programs send with messages, and take along again."""

from flask import Blueprint, Response, jsonify, request
from werkzeug.routing import BaseConverter

from chatterkeep.domain.audit import Actor
from chatterkeep.domain.errors import BrokenUpload
from chatterkeep.services.files import Sender
from chatterkeep.web import access
from chatterkeep.web.context import acting_as, services
from chatterkeep.web.downloads import attachment
from chatterkeep.web.fields import checked
from chatterkeep.web.files.payload import UploadFields
from chatterkeep.web.files.presenters import known_file_wire, removed_wire, uploaded_wire
from chatterkeep.web.limits import limiting
from chatterkeep.web.uploads import EXAMPLE, read_upload, takes_files

blueprint = Blueprint("files", __name__)


class FileId(BaseConverter):
    """Anything that may stand for an id: what is none is answered as one that is not there."""

    regex = "(?!upload$)[^/]+"


blueprint.record_once(lambda state: state.app.url_map.converters.update(file_id=FileId))


@blueprint.post("/api/v1/files/upload")
@access.client("files", session=True)
@takes_files
def upload() -> tuple[Response, int]:
    """Take a file in for a session, and answer with its text."""
    limiting().request()
    files, now = services().files, services().clock()
    fields: dict[str, str] = {}
    with files.begin() as incoming:
        read_upload(request, incoming, fields)
        session_id = _session_in(fields)
        kept = files.keep(incoming, Sender(session_id, _actor(), limiting().file), now)
    return jsonify(uploaded_wire(kept)), 201


@blueprint.get("/api/v1/files/<file_id:file_id>")
@access.client("files", session=True)
def show_file(file_id: str) -> Response:
    """What is known of a file."""
    return jsonify(known_file_wire(services().files.show(file_id, access.caller().session_id)))


@blueprint.get("/api/v1/files/<file_id:file_id>/content")
@access.client("files", session=True)
def download(file_id: str) -> Response:
    """The bytes of a file, always as an attachment."""
    return attachment(services().files.open(file_id, access.caller().session_id))


@blueprint.delete("/api/v1/files/<file_id:file_id>")
@access.client("files", session=True)
def remove(file_id: str) -> Response:
    """Delete a file with its text, for good; the message it was sent with stays."""
    limiting().request()
    removed = services().files.remove(file_id, access.caller().session_id, _actor(), services().clock())
    return jsonify(removed_wire(removed))


def _actor() -> Actor:
    return acting_as(access.caller().name)


def _session_in(fields: dict[str, str]) -> str:
    if "file" in fields:
        raise BrokenUpload("file-missing", "The field 'file' holds a text and no file: give it a file name.", EXAMPLE)
    named = checked(UploadFields, {"file": b"", **fields}, EXAMPLE).session_id
    return access.session_ref(named).public_id
