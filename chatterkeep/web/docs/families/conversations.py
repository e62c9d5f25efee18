"""Sessions, their conversations, and answers that are read while they are written: `/api/v1`."""

from typing import Final

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.feedback import Verdict
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.web.api.conversation_payload import BeginningFields, NamingFields, PartFields, ShelfFields
from chatterkeep.web.api.conversation_presenters import (
    AnteroomWire,
    BegunWire,
    ConversationWire,
    DeletedWire,
    JudgedWire,
    NamedWire,
    OpinionWire,
    ReadingWire,
    SaidWire,
    SessionOnlyWire,
    ShelfWire,
)
from chatterkeep.web.api.feedback import OpinionFields
from chatterkeep.web.api.payload import AskFields, ResumeFields
from chatterkeep.web.docs.operation import CONVERSATION_ID, SESSION_ID, Example, Family, Operation

_GROUP: Final = "Conversations"
_REPLY: Final = "0a70458e-1517-41f1-ba32-54ff5acf034f"
_EARLIER: Final = "2026-03-14T15:09:26.535+00:00"
_NOW: Final = "2026-03-14T15:09:27.535+00:00"


def _events(fence: int, text: str, state: str, usage: str) -> str:
    ids = f'"conversation_id": "{CONVERSATION_ID}", "reply_id": "{_REPLY}"'
    time = f'"timestamp": "{_EARLIER}"'
    own = f'"message_id": "{CONVERSATION_ID}.2"'
    end = f'"token": "", "finished": true, {own}, {ids}, "state": "{state}", "usage": {usage}'
    place = f"id: {fence}.{len(text)}"
    return (
        f'id: 0.0\ndata: {{"token": "", "finished": false, {ids}, {time}}}\n\n'
        f'{place}\ndata: {{"token": "{text}", "finished": false, {time}}}\n\n'
        f"{place}\ndata: {{{end}}}\n\n"
    )


_USAGE: Final = '{"model": "gpt-4.1-mini", "prompt_tokens": 40, "completion_tokens": 1}'
_FRESH: Final[AnteroomWire] = {
    "id": SESSION_ID,
    "created_at": _EARLIER,
    "last_accessed": _EARLIER,
    "conversation_id": None,
}
_BEGUN: Final[BegunWire] = {"session": _FRESH, "token": "ck_s_tBMVa6fdlh8rE9vCXFOhNRtJJWEoTgBZJg4YD5golMg"}
_THERE: Final[SessionOnlyWire] = {
    "session": {**_FRESH, "last_accessed": _NOW, "conversation_id": CONVERSATION_ID},
}
_TALK: Final[ConversationWire] = {
    "id": CONVERSATION_ID,
    "session_id": SESSION_ID,
    "title": "And a dog?",
    "created_at": _EARLIER,
    "updated_at": _NOW,
    "is_active": True,
    "message_count": 2,
    "flow": "assistant",
    "state": "TALKING",
    "owner": Owner.BOT,
    "status": Status.OPEN,
}
_SHELF: Final[ShelfWire] = {"conversations": [_TALK], "total": 2, "next_before": 2}
_OPINION: Final[OpinionWire] = {"feedback": Verdict.NEGATIVE, "comment": "Dogs bark.", "created_at": _NOW}
_JUDGED: Final[JudgedWire] = {"message_id": f"{CONVERSATION_ID}.2", **_OPINION}
_QUESTION: Final[SaidWire] = {
    "id": f"{CONVERSATION_ID}.1",
    "conversation_id": CONVERSATION_ID,
    "role": "user",
    "author": Author.CUSTOMER,
    "kind": Kind.TEXT,
    "content": "And a dog?",
    "created_at": _EARLIER,
    "token_count": None,
    "model_name": None,
    "sources": [],
    "files": [],
    "feedback": None,
}
_ANSWER: Final[SaidWire] = {
    **_QUESTION,
    "id": f"{CONVERSATION_ID}.2",
    "role": "assistant",
    "author": Author.BOT,
    "kind": Kind.ANSWER,
    "content": "Meow.",
    "created_at": _NOW,
    "token_count": 1,
    "model_name": "gpt-4.1-mini",
    "feedback": _OPINION,
}
_READING: Final[ReadingWire] = {"conversation": _TALK, "messages": [_QUESTION, _ANSWER], "next_before": None}
_NAMED: Final[NamedWire] = {"conversation": {**_TALK, "title": "Animals"}}
_DELETED: Final[DeletedWire] = {"id": CONVERSATION_ID, "deleted": True}

_OPERATIONS: Final = (
    Operation(
        endpoint="conversations.begin_session",
        name="Begin a session",
        group=_GROUP,
        answers={201: ("Begun",)},
        fields=("BeginningFields",),
        may_be_empty=True,
        limited=True,
        marks=("Location",),
        examples=(Example(status=201, answer=_BEGUN),),
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
        more="Without `conversation_id` a new conversation begins; the events name it.",
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
    Operation(
        endpoint="conversations.check_session",
        name="Check a session",
        group=_GROUP,
        answers={200: ("SessionOnly",)},
        examples=(Example(answer=_THERE),),
    ),
    Operation(
        endpoint="conversations.list_conversations",
        name="List the conversations",
        group=_GROUP,
        answers={200: ("Shelf",)},
        query=ShelfFields,
        missing=("SESSION_NOT_FOUND",),
        examples=(Example(query=f"session_id={SESSION_ID}&limit=1", answer=_SHELF),),
    ),
    Operation(
        endpoint="feedback.give_feedback",
        name="Judge an answer",
        group=_GROUP,
        answers={200: ("Judged",)},
        fields=("OpinionFields",),
        limited=True,
        missing=("MESSAGE_NOT_FOUND",),
        examples=(
            Example(
                body={"message_id": f"{CONVERSATION_ID}.2", "feedback": "negative", "comment": "Dogs bark."},
                answer=_JUDGED,
            ),
        ),
    ),
    Operation(
        endpoint="conversations.show_conversation",
        name="Read a conversation",
        group=_GROUP,
        answers={200: ("Reading",)},
        query=PartFields,
        examples=(Example(answer=_READING),),
    ),
    Operation(
        endpoint="conversations.rename_conversation",
        name="Name a conversation",
        group=_GROUP,
        answers={200: ("Named",)},
        fields=("NamingFields",),
        examples=(Example(body={"title": "Animals"}, answer=_NAMED),),
    ),
    Operation(
        endpoint="conversations.delete_conversation",
        name="Delete a conversation",
        group=_GROUP,
        answers={200: ("Deleted",)},
        limited=True,
        examples=(Example(answer=_DELETED),),
    ),
)

CONVERSATIONS: Final = Family(
    operations=_OPERATIONS,
    sent=(AskFields, BeginningFields, NamingFields, OpinionFields),
    answered=(BegunWire, SessionOnlyWire, ShelfWire, ReadingWire, NamedWire, DeletedWire, JudgedWire),
    texts={"Events": "Server-sent events; each `data` is an object of JSON."},
)
