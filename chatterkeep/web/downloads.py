"""Files that people take along: written while they are sent, and never shown inside a page."""

from typing import Final

from flask import Response, abort

from chatterkeep.domain.dossier import Format
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
