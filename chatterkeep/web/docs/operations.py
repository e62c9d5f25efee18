"""What the documentation says of each JSON route beyond what the route itself says: its name, shapes and examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from chatterkeep.web.chat.payload import VOCABULARIES
from chatterkeep.web.docs import examples
from chatterkeep.web.docs.examples import Example
from chatterkeep.web.docs.schemas import shape_of
from chatterkeep.web.sessions.payload import ListingFields, ReadingFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route, as the documentation tells of it. Method, path, purpose and who may call are read from the route.

    `answers` (by status) and `fields` (of the body) name schemas, any of which it may be. `marks` are headers of the
    answer beside those that `prefers` and `idempotent` bring with them.
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
    marks: tuple[str, ...] = ()
    more: str = ""
    examples: tuple[Example, ...]


_HEALTH: Final = {200: ("Health",), 503: ("Health",)}
_SESSION: Final = {200: ("Session",)}

OPERATIONS: Final = (
    Operation(
        endpoint="webhook.receive_message",
        name="Send a message",
        group="Webhook",
        answers={200: tuple(shape_of("Reply", words) for words in VOCABULARIES)},
        fields=tuple(shape_of("Chat", words) for words in VOCABULARIES),
        form=True,
        prefers=True,
        idempotent=True,
        limited=True,
        more="Three vocabularies are understood, as JSON or as a form.",
        examples=examples.CHAT,
    ),
    Operation(
        endpoint="sessions.open_session",
        name="Open a session",
        group="Sessions",
        answers={201: ("Opened",)},
        fields=("OpeningFields",),
        may_be_empty=True,
        limited=True,
        marks=("Location",),
        examples=(examples.OPEN, examples.OPEN_FLOW),
    ),
    Operation(
        endpoint="sessions.add_message",
        name="Add a message",
        group="Sessions",
        answers={201: ("Session",)},
        fields=("MessageFields",),
        idempotent=True,
        limited=True,
        examples=(examples.ADD,),
    ),
    Operation(
        endpoint="sessions.show_session",
        name="Read a session",
        group="Sessions",
        answers=_SESSION,
        query=ReadingFields,
        examples=(examples.SHOW,),
    ),
    Operation(
        endpoint="sessions.label_session",
        name="Label a session",
        group="Sessions",
        answers=_SESSION,
        fields=("LabelFields",),
        examples=(examples.LABEL,),
    ),
    Operation(
        endpoint="sessions.close_session",
        name="Close a session",
        group="Sessions",
        answers=_SESSION,
        examples=(examples.CLOSE,),
    ),
    Operation(
        endpoint="sessions.list_sessions",
        name="List the sessions",
        group="Sessions",
        answers={200: ("Page",)},
        query=ListingFields,
        examples=(examples.LIST,),
    ),
    Operation(
        endpoint="readyz",
        name="Ask whether it is ready",
        group="Health",
        answers=_HEALTH,
        examples=(examples.HEALTHY, examples.UNHEALTHY),
    ),
    Operation(
        endpoint="health",
        name="Look how it is",
        group="Health",
        answers=_HEALTH,
        examples=(examples.HEALTHY, examples.UNHEALTHY),
    ),
    Operation(
        endpoint="livez",
        name="Ask whether it is alive",
        group="Health",
        answers={200: ("Alive",)},
        examples=(examples.ALIVE,),
    ),
    Operation(
        endpoint="metrics",
        name="Read the metrics",
        group="Health",
        answers={200: ("Metrics",)},
        media="text/plain",
        more="Prometheus text: the sums over all workers of this machine.",
        examples=(examples.METRICS,),
    ),
)
