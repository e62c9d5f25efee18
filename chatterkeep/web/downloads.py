"""Files that people take along: written while they are sent, and never shown inside a page."""

from typing import Final
from urllib.parse import quote

from flask import Response, abort, request

from chatterkeep.domain.dossier import Format
from chatterkeep.services.files import Download
from chatterkeep.services.rights import Export

_TYPES: Final = {
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}


def kind_of(name: str) -> Format:
    """Return the kind of file that an address names; there is nothing at any other."""
    try:
        return Format(name)
    except ValueError:
        abort(404)


def download(export: Export) -> Response:
    """Send an export as a file. What goes wrong after its beginning ends it early, and the browser says so."""
    response = Response(export.pieces, content_type=_TYPES[export.name.rpartition(".")[2]])
    response.headers["Content-Disposition"] = f'attachment; filename="{export.name}"'
    return response


def attachment(file: Download) -> Response:
    """Send a file that somebody sent us: to be saved, never to be shown or run.

    Its type is that of mere bytes, whatever it is: with its own type, our pages could be made to load it as a script.
    """
    response = Response(file.pieces, content_type="application/octet-stream")
    if request.method == "HEAD":  # then nobody asks for a piece, and nobody closes what they come from
        file.pieces.close()
    headers = response.headers
    headers["Content-Disposition"] = disposition(file.attached.name)
    headers["Content-Length"] = str(file.attached.size)
    headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    headers["Cache-Control"] = "no-store"
    return response


def disposition(name: str) -> str:
    """Return the header that names an attachment, for all clients (RFC 6266) and in any script (RFC 8187)."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
