"""Reads uploads as they come: of a file no more than one piece is in memory, and no byte of it lies in the clear.

The body may be longer here than elsewhere. It is measured first, then its type is looked at, and only then is asked who
sends it, so that nobody can make us read what we will not take.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, TypeVar

from flask import Flask, Request, abort, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from chatterkeep.domain.errors import BrokenUpload, FileTooLarge, InvalidInput
from chatterkeep.domain.files import MAX_FILE, spoken_size
from chatterkeep.services.files import Incoming
from chatterkeep.web.context import files_on
from chatterkeep.web.requestbody import MAX_BODY, UnsupportedType

View = TypeVar("View", bound=Callable[..., Any])

MAX_UPLOAD: Final = MAX_FILE + MAX_BODY
"""Longest body in bytes: a file, and all that is around it."""

MULTIPART: Final = "multipart/form-data"
EXAMPLE: Final = "curl -F session_id=af95080d-1670-4f45-8a47-db211c81abf9 -F file=@notes.txt …/api/v1/files/upload"
_PIECE: Final = 64 * 1024
_MOST_PARTS: Final = 20
_ANY: Final = 2**50
"""No limit of Flask's: what is read is counted here."""
_MISSING: Final = "There is no file in this upload: send one in the field 'file'."


def takes_files(view: View) -> View:
    """Let this view read an upload with `read_upload`, and nothing else."""
    view.takes_files = "file"  # type: ignore[attr-defined]
    return view


def takes_typed_files(view: View) -> View:
    """Let this view read an upload that a person typed something with: that is read, however long the file is."""
    view.takes_files = "form"  # type: ignore[attr-defined]
    return view


def init(app: Flask) -> None:
    """Measure uploads before anything else is asked."""

    @app.before_request
    def measure() -> None:
        taken = getattr(current_app.view_functions.get(request.endpoint or ""), "takes_files", None)
        if taken is None or request.method != "POST":
            return
        if not files_on():
            abort(404)
        request.max_content_length = MAX_UPLOAD if taken == "file" else _ANY
        if taken == "file" and (request.content_length or 0) > MAX_UPLOAD:
            raise too_large()
        if request.mimetype != MULTIPART:
            raise UnsupportedType("This takes an upload, as multipart/form-data.", f"Try: {EXAMPLE}")


def read_upload(request: Request, incoming: Incoming, fields: dict[str, str]) -> None:
    """Read an upload: the part `file` goes to `incoming`, the others into `fields`, as far as it comes.

    Raises InvalidInput, FileTooLarge and what `incoming` raises. Whether there was a file, it knows.
    """
    reader = _Reader(incoming, fields, (request.content_length or 0) > MAX_UPLOAD)
    try:
        for event in _events(request):
            reader.take(event)
    except RequestEntityTooLarge:
        raise too_large() from None


def typed_before_a_file(request: Request, name: str) -> str:
    """Return what was typed into one field of an upload that is refused, if it comes before any file: to give it back.

    No more than MAX_BODY of the upload is read.
    """
    name_now, value = "", bytearray()
    with suppress(HTTPException, BrokenUpload):
        for event in _events(request, most=MAX_BODY):
            match event:
                case File():
                    break
                case Field():
                    name_now = event.name or ""
                case Data() if name_now == name:
                    value += event.data
                    if not event.more_data:
                        return value.decode(errors="replace")
    return ""


def too_large() -> FileTooLarge:
    """The refusal of an upload that is longer than any file may be."""
    return FileTooLarge(spoken_size(MAX_FILE))


class _Reader:
    """Sorts the events of an upload: what belongs to the file, and what to a field."""

    def __init__(self, incoming: Incoming, fields: dict[str, str], too_long: bool) -> None:
        self._incoming = incoming
        self._too_long = too_long
        self._fields = fields
        self._take: Callable[[Data], None] = self._ignore
        self._name = ""
        self._value = bytearray()

    def take(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case File(name=name, filename=filename) if filename:
                if name != "file":
                    raise BrokenUpload("file-missing", _MISSING, EXAMPLE)
                if self._too_long:
                    raise too_large()
                self._incoming.named(filename, event.headers.get("content-type", ""))
                self._take = self._to_file
            case File():
                self._take = self._ignore  # what a form sends where no file was chosen
            case Field(name=name):
                self._name, self._value, self._take = name or "", bytearray(), self._to_field
            case Data():
                self._take(event)

    def _to_file(self, data: Data) -> None:
        self._incoming.write(data.data)

    def _to_field(self, data: Data) -> None:
        self._value += data.data
        if len(self._value) > MAX_BODY:
            raise RequestEntityTooLarge
        if data.more_data:
            return
        if self._name in self._fields:
            raise InvalidInput(self._name[:64], "This field is sent more than once.", EXAMPLE)
        try:
            self._fields[self._name] = self._value.decode()
        except UnicodeDecodeError:
            raise _broken("A field of the upload is not UTF-8.") from None

    def _ignore(self, data: Data) -> None:
        if data.data:
            raise BrokenUpload("file-missing", _MISSING, EXAMPLE)


def _events(request: Request, most: int = MAX_UPLOAD) -> Iterator[Event]:
    boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
    if not 1 <= len(boundary) <= 200:
        raise _broken("The upload names no boundary between its parts.")
    decoder = MultipartDecoder(boundary, max_form_memory_size=4 * _PIECE, max_parts=_MOST_PARTS)
    read = 0
    try:
        while True:
            piece = request.stream.read(_PIECE)
            read += len(piece)
            if read > most:
                raise RequestEntityTooLarge
            decoder.receive_data(piece or None)
            while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
                yield event
            if isinstance(event, Epilogue) or not piece:
                return
    except HTTPException:
        raise
    except (ValueError, LookupError):
        raise _broken("The parts of the upload do not fit together, or it broke off.") from None


def _broken(problem: str) -> BrokenUpload:
    return BrokenUpload("broken-upload", problem, EXAMPLE)
