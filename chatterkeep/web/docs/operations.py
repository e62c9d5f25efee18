"""What the documentation says of each JSON route beyond what the route itself says: its name, shapes and examples."""

from typing import Final

from chatterkeep.web.chat.payload import VOCABULARIES
from chatterkeep.web.docs import examples
from chatterkeep.web.docs.operation import Operation
from chatterkeep.web.docs.realtime import REALTIME
from chatterkeep.web.docs.schemas import shape_of
from chatterkeep.web.sessions.payload import ListingFields, ReadingFields

_HEALTH: Final = {200: ("Health",), 503: ("Health",)}
_SESSION: Final = {200: ("Session",)}

OPERATIONS: Final = (
    Operation(
        endpoint="webhook.receive_message",
        name="Send a message",
        group="Webhook",
        answers={
            200: tuple(shape_of("Reply", words) for words in VOCABULARIES),
            202: tuple(shape_of("Pending", words) for words in VOCABULARIES),
        },
        fields=tuple(shape_of("Chat", words) for words in VOCABULARIES),
        form=True,
        prefers=True,
        idempotent=True,
        limited=True,
        marks=("Location", "Retry-After"),
        more="Three vocabularies are understood, as JSON or as a form.",
        examples=examples.CHAT,
    ),
    Operation(
        endpoint="signed.receive_signed",
        name="Deliver a message, signed",
        group="Webhook",
        answers={
            200: tuple(shape_of("Reply", words) for words in VOCABULARIES),
            202: tuple(shape_of("Pending", words) for words in VOCABULARIES),
        },
        fields=tuple(shape_of("Chat", words) for words in VOCABULARIES),
        form=True,
        prefers=True,
        idempotent=True,
        limited=True,
        marks=("Location", "Retry-After"),
        more="The id of the delivery is `webhook-id`; the one of the body is not looked at. In a line to copy, "
        "`$DELIVERY`, `$TIME` and `$SIGNATURE` stand for what the gateway signs.",
        examples=examples.SIGNED,
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
    *REALTIME,
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
