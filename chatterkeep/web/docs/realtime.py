"""What the documentation says of the routes for conversations in real time, with their examples."""

from typing import Final

from chatterkeep.domain.outcome import ReplyStatus
from chatterkeep.web.api.payload import ResumeFields
from chatterkeep.web.api.presenters import ContextWire, SentWire, StartedWire, TicketWire
from chatterkeep.web.chat.webhook import ReplyWire
from chatterkeep.web.docs.examples import SESSION_ID, Example
from chatterkeep.web.docs.operation import Operation

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
}
_DONE: Final[ReplyWire] = {**_STOPPED, "status": ReplyStatus.DONE, "reply": "Meow."}


def _events(fence: int, text: str, state: str, usage: str) -> str:
    ids = f'"conversation_id": "{_TALK}", "reply_id": "{_REPLY}"'
    time = '"timestamp": "2026-03-14T15:09:26.535+00:00"'
    end = f'"finished": true, "message_id": "{_TALK}.3", {ids}, "state": "{state}", "usage": {usage}'
    place = f"id: {fence}.{len(text)}"
    return (
        f'id: 0.0\ndata: {{"token": "", "finished": false, {ids}, {time}}}\n\n'
        f'{place}\ndata: {{"token": "{text}", "finished": false, {time}}}\n\n'
        f"{place}\ndata: {{{end}}}\n\n"
    )


_USAGE: Final = '{"model": "gpt-4.1-mini", "prompt_tokens": 40, "completion_tokens": 2}'

REALTIME: Final = (
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
        endpoint="streams.resume",
        name="Go on with a stream",
        group=_GROUP,
        answers={200: ("Events",)},
        media="text/event-stream",
        query=ResumeFields,
        headers=("Last-Event-ID",),
        marks=("X-Reply-Id",),
        examples=(Example(answer=_events(1, "Stopped before anything was written.", "stopped", "null")),),
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
    Operation(
        endpoint="streams.ask",
        name="Ask, and stream the answer",
        group=_GROUP,
        answers={200: ("Events",)},
        media="text/event-stream",
        fields=("AskFields",),
        idempotent=True,
        limited=True,
        marks=("X-Reply-Id",),
        missing=("SESSION_NOT_FOUND", "CONVERSATION_NOT_FOUND"),
        examples=(
            Example(
                body={"session_id": SESSION_ID, "message": "And a dog?"},
                answer=_events(1, "Meow.", "done", _USAGE),
            ),
        ),
    ),
)
"""The socket is not among them: OpenAPI knows none."""
