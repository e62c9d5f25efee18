"""What the documentation says of a JSON route beyond what the route itself says, and of a family of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

SESSION_ID: Final = "af95080d-1670-4f45-8a47-db211c81abf9"
"""The session of the story that the examples tell."""

CONVERSATION_ID: Final = "442e22ac-f99f-4cba-96f5-092eae68aa6f"
"""The newest conversation of that session."""

STORY: Final[Mapping[str, str]] = {SESSION_ID: "$ID", CONVERSATION_ID: "$TALK"}
"""What stands for the ids of the story in requests to copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is sent to an operation, and what is answered. `form` sends the body as a form.

    `upload` is a file that is sent with it: its name, and its text.
    """

    title: str = "Example"
    status: int = 200
    query: str = ""
    headers: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    form: bool = False
    upload: tuple[str, str] | None = None
    answer: object


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
    upload: bool = False
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The routes of one family of clients, in the order in which their examples tell a story.

    `sent` are the models that check requests and `answered` the shapes that word answers: each is a schema by its own
    name, less `Wire`. `texts` are schemas of what is not JSON, with what they hold.
    """

    operations: tuple[Operation, ...]
    sent: tuple[type[BaseModel], ...] = ()
    answered: tuple[Any, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
