"""What the documentation says of one JSON route beyond what the route itself says."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from chatterkeep.web.docs.examples import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route, as the documentation tells of it. Method, path, purpose and who may call are read from the route.

    `answers` (by status) and `fields` (of the body) name schemas, any of which it may be. `headers` are read from the
    request; `marks` are headers of the answer. What `prefers` and `idempotent` bring with them is not among them.
    `missing` are codes of 404 for what the body names; those for what the path names are known.
    """

    endpoint: str
    name: str
    group: str
    answers: Mapping[int, tuple[str, ...]]
    media: str = "application/json"
    fields: tuple[str, ...] = ()
    form: bool = False
    may_be_empty: bool = False
    query: type[BaseModel] | None = None
    prefers: bool = False
    idempotent: bool = False
    limited: bool = False
    headers: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    more: str = ""
    examples: tuple[Example, ...]
