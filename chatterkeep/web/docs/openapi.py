"""The description of the API in the form that programs read: OpenAPI 3.1."""

from typing import Any, Final

from flask import Flask

from chatterkeep import __version__
from chatterkeep.web.access import Access, Signer
from chatterkeep.web.docs.operation import Operation
from chatterkeep.web.docs.parameters import PARAMETERS, SIGNED
from chatterkeep.web.docs.routes import Route, documented, problems
from chatterkeep.web.docs.schemas import REFERENCE, make_parameters, make_schemas
from chatterkeep.web.docs.socket import SENT, TICKET, socket_facts, socket_route
from chatterkeep.web.docs.vocabularies import Json
from chatterkeep.web.errorcodes import MEANINGS
from chatterkeep.web.requestbody import FORM

JSON: Final = "application/json"
UPLOAD: Final = "multipart/form-data"

_ABOUT: Final = (
    "A phone and a message in, the reply out; sessions for the programs of those who answer; and answers that are read "
    "while they are written, as a stream of events or over a WebSocket (see the page on the HTTP API). "
    "Every error has one shape, and its `docs_url` explains it."
)
_SCHEMES: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer ck_live_…`"},
    "keyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
    "sessionToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session, for that session alone: `Authorization: Bearer ck_s_…`",
    },
    "ticket": TICKET,
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "The signature of a gateway, as Standard Webhooks has it.",
    },
    "twilioSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Twilio-Signature",
        "description": "The signature of Twilio.",
    },
}
_SIGNATURES: Final[dict[Signer, str]] = {"gateway": "signature", "twilio": "twilioSignature"}
_TEXT: Final = {"type": "string"}
_HEADERS: Final = {
    "X-Request-Id": {"description": "Names this request; quote it when you ask for help.", "schema": _TEXT},
    "Idempotent-Replayed": {"description": "`true`: this delivery came before.", "schema": _TEXT},
    "Preference-Applied": {"description": "What of `Prefer` was understood.", "schema": _TEXT},
    "Location": {"description": "The path of what was made.", "schema": _TEXT},
    "X-Reply-Id": {"description": "The reply that is streamed.", "schema": _TEXT},
    "Content-Disposition": {"description": "`attachment`, and the name of the file.", "schema": _TEXT},
    "Retry-After": {"description": "Seconds after which to send the same again.", "schema": {"type": "integer"}},
    "RateLimit-Limit": {"description": "How many the window allows.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "How many are left in it.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until it starts anew.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": _TEXT},
}


def make_document(app: Flask) -> Json:
    """Describe the JSON routes of an application."""
    base = app.config["PUBLIC_URL"] or "http://127.0.0.1:8000"
    schemas = make_schemas()
    paths: dict[str, Json] = {}
    for route in documented(app):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, app.config["API_OPEN"])
    socket = socket_route(app)
    paths[socket.path] = {"get": _socket(socket, app.config["API_OPEN"])}
    return {
        "openapi": "3.1.1",
        "info": {"title": "ChatterKeep", "version": __version__, "description": _ABOUT},
        "servers": [{"url": app.config["PUBLIC_URL"] or "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "examples": {code: {"summary": code, "value": _error(code, base)} for code in MEANINGS},
            "headers": _HEADERS,
            "parameters": PARAMETERS,
            "securitySchemes": _SCHEMES,
        },
    }


def parameters(route: Route) -> list[Json]:
    """Return what an operation takes beside its body."""
    operation = route.operation
    signer = route.access.signer
    own = SIGNED[signer] if signer else ["Idempotency-Key"] * operation.idempotent
    headers = [*own, *["Prefer"] * operation.prefers, *operation.headers]
    named = [*route.variables, *headers]
    return [*(PARAMETERS[name] for name in named), *(make_parameters(operation.query) if operation.query else ())]


def _operation(route: Route, schemas: dict[str, Json], is_open: bool) -> Json:
    operation = route.operation
    found: Json = {
        "operationId": operation.endpoint.rpartition(".")[2],
        "tags": [operation.group],
        "summary": operation.name,
        "description": route.purpose,
        "security": [*_security(route.access), *([{}] if is_open and route.access.kind == "client" else [])],
        "parameters": [_referred(one) for one in parameters(route)],
    }
    if operation.fields:
        found["requestBody"] = {"required": not operation.may_be_empty, "content": _bodies(route)}
    answers = {str(status): _answer(route, status, schemas) for status in operation.answers}
    errors = {str(status): _refusal(status, codes) for status, codes in problems(route).items()}
    return found | {"responses": dict(sorted((errors | answers).items()))}


def _socket(route: Route, is_open: bool) -> Json:
    """The handshake of the socket, which has no answer but the open connection."""
    facts = socket_facts(REFERENCE.format(model=SENT.__name__))
    security = [*_security(route.access), {"ticket": []}, *([{}] if is_open else [])]
    refused = {"400": ["VALIDATION_ERROR"]} | {str(status): codes for status, codes in problems(route).items()}
    return {
        "operationId": route.operation.endpoint.rpartition(".")[2],
        "tags": [route.operation.group],
        "summary": route.operation.name,
        "description": route.purpose,
        "security": security,
        "parameters": facts["parameters"],
        "responses": {"101": facts["opened"], **{status: _refusal(int(status), refused[status]) for status in refused}},
        "x-websocket": facts["x-websocket"],
    }


def _security(access: Access) -> list[Json]:
    """Who may call. For what is no OAuth, the list beside a scheme holds the scopes that are needed."""
    if access.signer:
        return [{_SIGNATURES[access.signer]: []}]
    if access.kind != "client":
        return []
    schemes: list[Json] = [{name: [access.scope]} for name in ("key", "keyHeader")]
    return [*schemes, {"sessionToken": []}] if access.session else schemes


def _bodies(route: Route) -> Json:
    operation = route.operation
    sent = [one for one in operation.examples if one.body is not None]
    if operation.upload:
        values = {one.title: {"value": {**(one.body or {}), "file": (one.upload or ("", ""))[1]}} for one in sent}
        return {UPLOAD: {"schema": _any_of(operation.fields), "examples": values}}
    media = {JSON: False, FORM: True} if operation.form else {JSON: False}
    return {
        name: {
            "schema": _any_of(operation.fields),
            "examples": {one.title: {"value": one.body} for one in sent if one.form == is_form},
        }
        for name, is_form in media.items()
    }


def _answer(route: Route, status: int, schemas: dict[str, Json]) -> Json:
    operation = route.operation
    names = operation.answers[status]
    shown = [one for one in operation.examples if one.status == status]
    content: Json = {"schema": _any_of(names), "examples": {one.title: {"value": one.answer} for one in shown}}
    return {
        "description": schemas[names[0]]["description"],
        "headers": _headers("X-Request-Id", *_marks(operation)),
        "content": {operation.media: content},
    }


def _marks(operation: Operation) -> list[str]:
    replayed = ["Idempotent-Replayed"] * operation.idempotent
    return [*replayed, *["Preference-Applied"] * operation.prefers, *operation.marks]


def _refusal(status: int, codes: list[str]) -> Json:
    limits = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
    more = {401: ["WWW-Authenticate"], 429: ["Retry-After", *limits], 503: ["Retry-After"]}
    return {
        "description": " ".join(dict.fromkeys(MEANINGS[code].what for code in codes)),
        "headers": _headers("X-Request-Id", *more.get(status, ())),
        "content": {
            JSON: {
                "schema": _any_of(("Error",)),
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _any_of(names: tuple[str, ...]) -> Json:
    shapes = [{"$ref": REFERENCE.format(model=name)} for name in names]
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}


def _referred(parameter: Json) -> Json:
    known = PARAMETERS.get(parameter["name"]) == parameter
    return {"$ref": f"#/components/parameters/{parameter['name']}"} if known else parameter


def _error(code: str, base: str) -> Json:
    details: dict[str, Any] = {
        "VALIDATION_ERROR": {"field": "phone", "understood": "+1 12"},
        "RATE_LIMIT_EXCEEDED": {"limit": "5 in 10 seconds for one phone", "retry_after": 7},
    }
    return {
        "error": {
            "code": code,
            "message": MEANINGS[code].what,
            "details": details.get(code),
            "hint": MEANINGS[code].fix,
            "docs_url": f"{base}/docs/errors#{code.lower().replace('_', '-')}",
            "timestamp": "2026-03-14T15:09:26.535897+00:00",
            "request_id": "99621600f6477ad2",
        }
    }
