"""Reads request bodies strictly: what is not exactly the JSON or form it claims to be is refused with the reason."""

import json
import re
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

from flask import Flask, Request, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from chatterkeep.domain.errors import ChatterKeepError, InvalidInput
from chatterkeep.domain.messages import clean_delivery_id

MAX_BODY: Final = 64 * 1024
"""Longest body in bytes."""

MAX_DEPTH: Final = 32
MAX_FIELDS: Final = 100
_LONGEST_NUMBER: Final = 32
_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
FORM: Final = "application/x-www-form-urlencoded"
EXAMPLE: Final = '{"phone": "+14155550123", "message": "hello"}'


class MalformedBody(ChatterKeepError):
    """A body that is not what its Content-Type says."""

    code = "MALFORMED_JSON"
    hint = EXAMPLE


class UnsupportedType(ChatterKeepError):
    """A Content-Type we do not read."""

    code = "UNSUPPORTED_MEDIA_TYPE"

    def __init__(
        self,
        problem: str,
        hint: str = "Send Content-Type: application/json or application/x-www-form-urlencoded, in UTF-8.",
    ) -> None:
        super().__init__(problem)
        self.hint = hint


class _Pieces:
    """A body in pieces, as the server below hands it on. What it cannot put together is the caller's mistake."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises MalformedBody."""
        return self._asked("read", size)

    def readline(self, size: int = -1) -> bytes:
        """Return the next line. Raises MalformedBody."""
        return self._asked("readline", size)

    def _asked(self, how: str, size: int) -> bytes:
        try:
            found: bytes = getattr(self._server, how)(size)
        except HTTPException:
            raise
        except Exception as error:  # each server has its own
            raise MalformedBody("The pieces of the body do not fit together.") from error
        return found


def init(app: Flask) -> None:
    """Read bodies that come in pieces with care."""

    @app.before_request
    def mistrust() -> None:
        if "HTTP_TRANSFER_ENCODING" in request.environ:
            request.environ["wsgi.input"] = _Pieces(request.environ["wsgi.input"])


def read_fields(request: Request) -> dict[str, Any]:
    """Return the fields of a JSON object or of a form. Raises MalformedBody, UnsupportedType or InvalidInput."""
    if request.mimetype == FORM:
        return _form(whole_body(request))
    return read_json(request)


def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request. Raises MalformedBody or UnsupportedType."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
        raise UnsupportedType("The Content-Type is not one we read.")
    data = parse_json(whole_body(request))
    if not isinstance(data, dict):
        raise MalformedBody("The body must be a JSON object.")
    return data


def whole_body(request: Request) -> bytes:
    """Return the bytes of the body. Raises RequestEntityTooLarge.

    Of a longer one whose length nobody said, Werkzeug returns the beginning without a word.
    """
    body = request.get_data()
    if request.content_length is None and len(body) >= (request.max_content_length or MAX_BODY):
        raise RequestEntityTooLarge
    return body


def idempotency_key(request: Request) -> str | None:
    """Return the delivery id of the Idempotency-Key header, with or without the quotes of a structured string.

    Raises InvalidInput for what is none, also where the body holds another.
    """
    value = request.headers.get("Idempotency-Key")
    if value is None:
        return None
    return clean_delivery_id(value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value)


def parse_json(body: bytes) -> Any:
    """Return a JSON value: no key twice, no constant that is no JSON, nothing too deep. Raises MalformedBody."""
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _refuse_depth(body)
    try:
        return _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise MalformedBody("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise MalformedBody(f"The body is not valid JSON: {error.msg} at character {error.pos}.") from None


def _refuse_depth(body: bytes) -> None:
    depth, in_text, escaped = 0, False, False
    for byte in body:
        if in_text:
            in_text = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedBody(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        elif byte in b"]}":
            depth -= 1


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedBody("The JSON names a key twice.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is not a JSON value.")


def _short_int(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise MalformedBody(f"The JSON holds a number of {len(digits)} digits.")
    return int(digits)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_int=_short_int)


def _form(body: bytes) -> dict[str, Any]:
    if _BROKEN_ESCAPE.search(body):
        raise MalformedBody("The form holds a broken percent escape.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError:
        raise MalformedBody("The form is not UTF-8.") from None
    except ValueError:
        raise MalformedBody(f"The form has more than {MAX_FIELDS} fields.") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1)
        raise InvalidInput(twice[:64], "This field is sent more than once.", EXAMPLE)
    return found
