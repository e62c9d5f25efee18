"""What a route itself says: its method and path, who may call it, what it is for, and how it may refuse."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from chatterkeep.web.access import Access, access_of
from chatterkeep.web.docs.operation import Operation
from chatterkeep.web.docs.operations import OPERATIONS
from chatterkeep.web.docs.parameters import ABSENT


@dataclass(frozen=True, slots=True)
class Route:
    """An operation where it is attached: `path` holds its variables as `{session_id}`."""

    operation: Operation
    method: str
    path: str
    access: Access
    purpose: str

    @property
    def variables(self) -> list[str]:
        """The names in the path."""
        return re.findall(r"{(\w+)}", self.path)


def documented(app: Flask) -> Iterator[Route]:
    """Return all that is documented, in the order of the page."""
    return (attached(app, operation) for operation in OPERATIONS)


def problems(route: Route) -> dict[int, list[str]]:
    """Return the codes of the errors that a route may answer, by status."""
    operation, found = route.operation, dict[int, list[str]]()
    if operation.fields:
        found[400] = [*["MALFORMED_JSON"] * (not operation.upload), "VALIDATION_ERROR"]
        found[413] = ["FILE_TOO_LARGE" if operation.upload else "PAYLOAD_TOO_LARGE"]
        found[415] = ["UNSUPPORTED_MEDIA_TYPE", *["UNSUPPORTED_FILE_TYPE"] * operation.upload]
    if operation.fields or operation.query:
        found[422] = ["VALIDATION_ERROR"]
    if operation.idempotent:
        found[409] = ["IDEMPOTENCY_CONFLICT"]
    if operation.limited:
        found[429] = ["RATE_LIMIT_EXCEEDED"]
    if absent := [*(ABSENT[name] for name in route.variables if name in ABSENT), *operation.missing]:
        found[404] = absent
    if route.access.kind == "client":
        found |= {401: ["UNAUTHORIZED"], 403: ["FORBIDDEN"], 500: ["INTERNAL_ERROR"]}
        found[503] = ["STORE_BUSY", *["OVERLOADED"] * operation.upload]
    if route.access.kind == "signature":
        found |= {403: ["BAD_SIGNATURE"], 500: ["INTERNAL_ERROR"], 503: ["STORE_BUSY"]}
    return dict(sorted(found.items()))


def attached(app: Flask, operation: Operation) -> Route:
    """Return an operation with what its route says of itself."""
    (rule,) = app.url_map.iter_rules(operation.endpoint)
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    access = access_of(app, operation.endpoint) or Access("public")
    purpose = inspect.getdoc(app.view_functions[operation.endpoint]) or ""
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
    return Route(operation, method, path, access, " ".join(f"{purpose} {operation.more}".split()))
