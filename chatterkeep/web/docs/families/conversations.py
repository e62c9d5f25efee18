"""Conversations whose answers are read while they are written, as a stream of events: `/api/v1`."""

from typing import Final

from chatterkeep.web.api.payload import AskFields, ResumeFields
from chatterkeep.web.docs.operation import SESSION_ID, Example, Family, Operation

_GROUP: Final = "Conversations"
_TALK: Final = "442e22ac-f99f-4cba-96f5-092eae68aa6f"
_REPLY: Final = "0a70458e-1517-41f1-ba32-54ff5acf034f"


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

_OPERATIONS: Final = (
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
)

CONVERSATIONS: Final = Family(
    operations=_OPERATIONS,
    sent=(AskFields,),
    texts={"Events": "Server-sent events; each `data` is an object of JSON."},
)
