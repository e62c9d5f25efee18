"""Examples of requests with what is answered, told as one story. The page shows them, and the tests send them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chatterkeep import __version__
from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Author, Channel
from chatterkeep.web.health import AliveWire, HealthWire
from chatterkeep.web.sessions.presenters import (
    MessageWire,
    OpenedWire,
    PageWire,
    SessionWire,
    StandingWire,
    SummaryWire,
)

SESSION_ID: Final = "af95080d-1670-4f45-8a47-db211c81abf9"
"""The session of the story."""

_TALK: Final = "97052d3b-6216-45e2-9858-d6ce3000df15"
_SMS: Final = {
    "session_id": "f56e2729-f8a4-4eaa-834a-7a94b907526c",
    "conversation_id": "4e17f8df-9ba7-440c-92d6-ffd24436f8cc",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is sent to an operation, and what is answered. `form` sends the body as a form."""

    title: str = "Example"
    status: int = 200
    query: str = ""
    headers: Mapping[str, str] | None = None
    body: Mapping[str, str] | None = None
    form: bool = False
    answer: object


def _heard(phone: str, number: str, reply: str, words: str, state: str, seq: int) -> dict[str, object]:
    talk = _SMS["conversation_id"]
    ids = {"message_id": f"{talk}.{seq}", "reply_id": f"{talk}.{seq + 1}"}
    return {phone: number, reply: words, "state": state, **_SMS, **ids, "status": "done"}


_QUESTION: Final = "What is your name?"
_SONG: Final = "Hello Ada, what is your favorite song?"

CHAT: Final = (
    Example(
        title="With `phone` and `message`",
        headers={"Idempotency-Key": "sms-0001"},
        body={"phone": "+1 415-555-0123", "message": "hello"},
        answer=_heard("phone", "+14155550123", "reply", _QUESTION, "AWAITING_NAME", 1),
    ),
    Example(
        title="With `user_phone` and `user_message`",
        body={"user_phone": "+1 (415) 555-0123", "user_message": "Ada"},
        answer=_heard("user_phone", "+14155550123", "bot_message", _SONG, "AWAITING_SONG", 3),
    ),
    Example(
        title="With `From` and `Body`, as a form",
        body={"From": "+14155550123", "Body": "Blackbird", "MessageSid": "SM0003"},
        form=True,
        answer=_heard("From", "+14155550123", "Body", "Playing Blackbird", "COMPLETE", 5),
    ),
)

SIGNED: Final = (
    Example(
        title="As JSON",
        body={"phone": "+14155550124", "message": "hello"},
        answer=_heard("phone", "+14155550124", "reply", _QUESTION, "AWAITING_NAME", 1),
    ),
    Example(
        title="As a form",
        body={"From": "+14155550124", "Body": "Ada"},
        form=True,
        answer=_heard("From", "+14155550124", "Body", _SONG, "AWAITING_SONG", 3),
    ),
)

_GREETED: Final[MessageWire] = {
    "id": f"{_TALK}.1",
    "timestamp": "2026-03-14T15:09:26.535+00:00",
    "content": "Hello, how may I help you?",
    "author_type": "service_agent",
    "author": Author.BOT,
    "conversation_id": _TALK,
}
_ASKED: Final[MessageWire] = {
    "id": f"{_TALK}.2",
    "timestamp": "2026-03-14T15:09:27.535+00:00",
    "content": "My order is late.",
    "author_type": "customer",
    "author": Author.CUSTOMER,
    "conversation_id": _TALK,
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

OPEN: Final = Example(title="Answered by a person", status=201, answer=_OPENED)
OPEN_FLOW: Final = Example(
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
ADD: Final = Example(
    status=201,
    body={"content": "My order is late.", "author_type": "customer"},
    answer=_SESSION,
)
SHOW: Final = Example(answer=_SESSION)
LABEL: Final = Example(body={"outcome": "refunded", "assignee": "ada"}, answer=_LABELLED)
CLOSE: Final = Example(answer=_CLOSED)
LIST: Final = Example(query="limit=1", answer=_PAGE)

_ALIVE: Final[AliveWire] = {"ok": True}
_HEALTHY: Final[HealthWire] = {
    "ok": True,
    "status": "healthy",
    "version": __version__,
    "uptime": 42.5,
    "checks": {"database": "ok", "migrations": "ok", "keys": "ok"},
}
_UNHEALTHY: Final[HealthWire] = {
    **_HEALTHY,
    "ok": False,
    "status": "unhealthy",
    "checks": {
        "database": "ok",
        "migrations": "The database has no tables yet. Run: flask db upgrade",
        "keys": "not checked",
    },
}
ALIVE: Final = Example(answer=_ALIVE)
HEALTHY: Final = Example(title="Healthy", answer=_HEALTHY)
UNHEALTHY: Final = Example(title="Unhealthy", status=503, answer=_UNHEALTHY)
METRICS: Final = Example(answer='chatterkeep_turns_total{channel="sms",result="stored"} 3.0\n')
