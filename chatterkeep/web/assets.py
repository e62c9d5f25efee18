"""Static files under names that carry their content's hash, cached for ever, compressed once.

htmx comes from the package `django-js-lib-htmx`; nothing of third parties is kept in this repository.
"""

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Self

from flask import Flask, Response, abort, current_app, request

from chatterkeep.web import access

_TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_NAME: Final = "chatterkeep.assets"


@dataclass(frozen=True, slots=True)
class Packed:
    """What is sent again and again as it is: compressed once, for whoever can unpack it."""

    content_type: str
    plain: bytes
    compressed: bytes

    @classmethod
    def of(cls, content: bytes, content_type: str) -> Self:
        """Compress it."""
        return cls(content_type, content, gzip.compress(content, 9, mtime=0))

    def response(self) -> Response:
        """Answer with it. Nothing in it may be secret, or of one caller: its length tells of it."""
        zipped = bool(request.accept_encodings["gzip"])
        response = Response(self.compressed if zipped else self.plain, content_type=self.content_type)
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        return response


@dataclass(frozen=True, slots=True)
class Asset:
    """One file under its name, ready to be sent."""

    hashed: str
    packed: Packed


def init(app: Flask) -> None:
    """Read the static files; give templates `asset(name)`, and serve them."""
    found = _read(Path(app.root_path).parent / "static")
    by_hash = {asset.hashed: asset for asset in found.values()}
    app.extensions[_NAME] = by_hash
    app.add_template_global(lambda name: f"/static/{found[name].hashed}", "asset")
    app.add_url_rule("/static/<path:name>", "static", send_asset)


@access.public
def send_asset(name: str) -> Response:
    """Answer with a static file."""
    asset: Asset | None = current_app.extensions[_NAME].get(name)
    if asset is None:
        abort(404)
    response = asset.packed.response()
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _read(folder: Path) -> dict[str, Asset]:
    files = {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in _TYPES
    }
    htmx = resources.files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
    files["htmx.min.js"] = htmx.read_bytes()
    return {name: _asset(Path(name), content) for name, content in files.items()}


def _asset(name: Path, content: bytes) -> Asset:
    digest = hashlib.sha256(content).hexdigest()[:12]
    hashed = str(name.with_suffix(f".{digest}{name.suffix}"))
    return Asset(hashed, Packed.of(content, _TYPES[name.suffix]))
