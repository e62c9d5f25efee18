"""Sessions, for the programs of those who answer: `/sessions`."""

from typing import Final

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Author, Channel
from chatterkeep.web.docs.operation import SESSION_ID, Example, Family, Operation
from chatterkeep.web.sessions.payload import LabelFields, ListingFields, MessageFields, OpeningFields, ReadingFields
from chatterkeep.web.sessions.presenters import (
    MessageWire,
    OpenedWire,
    PageWire,
    SessionWire,
    StandingWire,
    SummaryWire,
)

_TALK: Final = "97052d3b-6216-45e2-9858-d6ce3000df15"
_GREETED: Final[MessageWire] = {
    "id": f"{_TALK}.1",
    "timestamp": "2026-03-14T15:09:26.535+00:00",
    "content": "Hello, how may I help you?",
    "author_type": "service_agent",
    "author": Author.BOT,
    "conversation_id": _TALK,
    "files": [],
}
_ASKED: Final[MessageWire] = {
    "id": f"{_TALK}.2",
    "timestamp": "2026-03-14T15:09:27.535+00:00",
    "content": "My order is late.",
    "author_type": "customer",
    "author": Author.CUSTOMER,
    "conversation_id": _TALK,
    "files": [],
}
_STANDING: Final[StandingWire] = {
    "flow": "support",
    "state": "OPEN",
    "owner": Owner.HUMAN,
    "status": Status.OPEN,
    "outcome": None,
    "assignee": None,
}
_OPENED: Final[OpenedWire] = {
    "id": SESSION_ID,
    "created_at": "2026-03-14T15:09:26.535+00:00",
    "messages": [_GREETED],
    "before": None,
    **_STANDING,
    "token": "ck_s_tBMVa6fdlh8rE9vCXFOhNRtJJWEoTgBZJg4YD5golMg",
}
_SESSION: Final[SessionWire] = {
    "id": SESSION_ID,
    "created_at": "2026-03-14T15:09:26.535+00:00",
    "messages": [_GREETED, _ASKED],
    "before": None,
    **_STANDING,
}
_LABELLED: Final[SessionWire] = {**_SESSION, "outcome": "refunded", "assignee": "ada"}
_CLOSED: Final[SessionWire] = {**_LABELLED, "status": Status.CLOSED}
_SUMMARY: Final[SummaryWire] = {
    "id": SESSION_ID,
    "created_at": "2026-03-14T15:09:26.535+00:00",
    "last_message_at": "2026-03-14T15:09:27.535+00:00",
    "channel": Channel.API,
    "phone": None,
    "phone_is_claimed": False,
    **_STANDING,
    "status": Status.CLOSED,
    "outcome": "refunded",
    "assignee": "ada",
}
_PAGE: Final[PageWire] = {
    "sessions": [_SUMMARY],
    "next_cursor": "AAZgwxUF0SkAAAAAAAAAAix5GA6_DtPBdPVJxw==",
}

_OPEN: Final = Example(title="Answered by a person", status=201, answer=_OPENED)
_OPEN_FLOW: Final = Example(
    title="Answered by a flow",
    status=201,
    body={"flow": "greeting"},
    answer={
        **_OPENED,
        "flow": "greeting",
        "state": "INITIAL",
        "owner": Owner.BOT,
    },
)
_ADD: Final = Example(
    status=201,
    body={"content": "My order is late.", "author_type": "customer"},
    answer=_SESSION,
)
_SHOW: Final = Example(answer=_SESSION)
_LABEL: Final = Example(body={"outcome": "refunded", "assignee": "ada"}, answer=_LABELLED)
_CLOSE: Final = Example(answer=_CLOSED)
_LIST: Final = Example(query="limit=1", answer=_PAGE)

_ANSWERS: Final = {200: ("Session",)}
_OPERATIONS: Final = (
    Operation(
        endpoint="sessions.open_session",
        name="Open a session",
        group="Sessions",
        answers={201: ("Opened",)},
        fields=("OpeningFields",),
        may_be_empty=True,
        limited=True,
        marks=("Location",),
        examples=(_OPEN, _OPEN_FLOW),
    ),
    Operation(
        endpoint="sessions.add_message",
        name="Add a message",
        group="Sessions",
        answers={201: ("Session",)},
        fields=("MessageFields",),
        idempotent=True,
        limited=True,
        examples=(_ADD,),
    ),
    Operation(
        endpoint="sessions.show_session",
        name="Read a session",
        group="Sessions",
        answers=_ANSWERS,
        query=ReadingFields,
        examples=(_SHOW,),
    ),
    Operation(
        endpoint="sessions.label_session",
        name="Label a session",
        group="Sessions",
        answers=_ANSWERS,
        fields=("LabelFields",),
        examples=(_LABEL,),
    ),
    Operation(
        endpoint="sessions.close_session",
        name="Close a session",
        group="Sessions",
        answers=_ANSWERS,
        examples=(_CLOSE,),
    ),
    Operation(
        endpoint="sessions.list_sessions",
        name="List the sessions",
        group="Sessions",
        answers={200: ("Page",)},
        query=ListingFields,
        examples=(_LIST,),
    ),
)

SESSIONS: Final = Family(
    operations=_OPERATIONS,
    sent=(OpeningFields, MessageFields, LabelFields),
    answered=(SessionWire, OpenedWire, PageWire),
)
