"""Conversations in real time: `/chat/session`, `/chat/message`, and the replies that are being written."""

from typing import Final

from chatterkeep.domain.outcome import ReplyStatus
from chatterkeep.web.api.payload import SayFields, StartFields
from chatterkeep.web.api.presenters import ContextWire, SentWire, StartedWire, TicketWire
from chatterkeep.web.chat.webhook import ReplyWire, UnfinishedWire
from chatterkeep.web.docs.operation import SESSION_ID, Example, Family, Operation

_GROUP: Final = "Real time"
_TALK: Final = "442e22ac-f99f-4cba-96f5-092eae68aa6f"
_REPLY: Final = "0a70458e-1517-41f1-ba32-54ff5acf034f"
_CONTEXT: Final = {"customer_name": "Ada", "customer_email": "ada@example.com", "flight_no": "CK 42"}

_STARTED: Final[StartedWire] = {
    "session_id": SESSION_ID,
    "status": "created",
    "context": {**_CONTEXT},
    "token": "ck_s_tBMVa6fdlh8rE9vCXFOhNRtJJWEoTgBZJg4YD5golMg",
}
_KNOWN: Final[ContextWire] = {"session_id": SESSION_ID, "context": {**_CONTEXT}}
_TICKET: Final[TicketWire] = {"ticket": "WyJhZjk1MDgwZCJd.aR9kXg.Yk3vTq0m4Jw", "expires_in": 30}
_SENT: Final[SentWire] = {
    "status": "message_sent",
    "session_id": SESSION_ID,
    "message_id": f"{_TALK}.2",
    "reply_id": _REPLY,
}
_STOPPED: Final[ReplyWire] = {
    "session_id": SESSION_ID,
    "conversation_id": _TALK,
    "reply_id": _REPLY,
    "status": ReplyStatus.STOPPED,
    "reply": "Stopped before anything was written.",
    "tools": [],
    "sources": [],
}
_DONE: Final[ReplyWire] = {**_STOPPED, "status": ReplyStatus.DONE, "reply": "Meow."}


_OPERATIONS: Final = (
    Operation(
        endpoint="realtime.start_session",
        name="Start a session",
        group=_GROUP,
        answers={200: ("Started",)},
        fields=("StartFields",),
        limited=True,
        missing=("SESSION_NOT_FOUND",),
        more="Any other field is a part of the context too, which has at most 8 KiB and is kept encrypted.",
        examples=(Example(body=_CONTEXT, answer=_STARTED),),
    ),
    Operation(
        endpoint="realtime.show_context",
        name="Read the context",
        group=_GROUP,
        answers={200: ("Context",)},
        examples=(Example(answer=_KNOWN),),
    ),
    Operation(
        endpoint="realtime.issue_ticket",
        name="Get a ticket",
        group=_GROUP,
        answers={200: ("Ticket",)},
        limited=True,
        examples=(Example(answer=_TICKET),),
    ),
    Operation(
        endpoint="realtime.send_message",
        name="Send a message without waiting",
        group=_GROUP,
        answers={200: ("Sent",)},
        fields=("SayFields",),
        idempotent=True,
        limited=True,
        missing=("SESSION_NOT_FOUND",),
        examples=(Example(body={"session_id": SESSION_ID, "message": "What does a cat say?"}, answer=_SENT),),
    ),
    Operation(
        endpoint="webhook.stop_reply",
        name="Stop a reply",
        group=_GROUP,
        answers={200: ("Reply",), 202: ("Unfinished",)},
        marks=("Location", "Retry-After"),
        examples=(Example(answer=_STOPPED),),
    ),
    Operation(
        endpoint="webhook.show_reply",
        name="Read a reply",
        group=_GROUP,
        answers={200: ("Reply",), 202: ("Unfinished",)},
        prefers=True,
        marks=("Location", "Retry-After"),
        examples=(Example(headers={"Prefer": "wait=5"}, answer=_STOPPED),),
    ),
    Operation(
        endpoint="webhook.retry_reply",
        name="Try a reply again",
        group=_GROUP,
        answers={200: ("Reply",), 202: ("Unfinished",)},
        prefers=True,
        limited=True,
        marks=("Location", "Retry-After"),
        more="It must be the last that was said.",
        examples=(Example(headers={"Prefer": "wait=10"}, answer=_DONE),),
    ),
)

REALTIME: Final = Family(
    operations=_OPERATIONS,
    sent=(StartFields, SayFields),
    answered=(ReplyWire, UnfinishedWire, StartedWire, ContextWire, TicketWire, SentWire),
)
