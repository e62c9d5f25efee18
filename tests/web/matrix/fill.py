"""Fills routes with ids: the caller's own, another's, those of nothing, and what is no id at all."""

import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote, urlencode

from werkzeug.routing import Rule

from chatterkeep.domain.erasure import WORD
from chatterkeep.domain.messages import TokenKind
from chatterkeep.web.access import Access
from tests.make import PASSWORD
from tests.web.matrix.people import Identity, Person, World

ODD: Final = ("x' OR 1=1--", "%2e%2e%2f", "0", "\u202e", "a" * 300)
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")


class Whose(StrEnum):
    """Whose id a request names."""

    OWN = "own"
    FOREIGN = "foreign"
    ABSENT = "absent"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Names:
    """Whose id is named, and by whom, on which kind of route."""

    whose: Whose
    identity: Identity
    world: World
    kind: TokenKind

    def of(self, own: Callable[[Person], str], absent: str) -> str:
        """The id of the one who is meant. Who owns nothing here names what the caller of the matrix owns."""
        match self.whose:
            case Whose.OWN:
                return own(self.identity.mine or self.world.caller)
            case Whose.FOREIGN:
                return own(self.world.other)
            case Whose.ABSENT:
                return absent
        return ODD[0]


_PARAMETERS: Final[dict[str, Callable[[Names], str]]] = {
    "session_id": lambda names: names.of(lambda person: person.session_ids[names.kind], str(uuid.uuid4())),
    "reply_id": lambda names: names.of(lambda person: person.reply_ids[names.kind], str(uuid.uuid4())),
    "file_id": lambda names: names.of(lambda person: person.file_ids[names.kind], str(uuid.uuid4())),
    "conversation_id": lambda names: names.of(lambda person: person.conversation_ids[names.kind], str(uuid.uuid4())),
    "proof": lambda names: names.of(lambda person: person.proof, secrets.token_urlsafe(32)),
    "receipt_id": lambda names: names.of(lambda person: names.world.receipt, str(uuid.uuid4())),
    "document_id": lambda names: names.of(lambda person: person.document, str(uuid.uuid4())),
    "passage_id": lambda names: names.of(lambda person: person.passage, str(uuid.uuid4())),
    "client_id": lambda names: "matrix",
    "kind": lambda names: "json",
    "name": lambda names: "../../keys.json",
}
"""How each parameter of a path is filled, by its name; `token` is the caller's own."""


def _message(names: Names) -> str:
    return names.of(lambda person: person.judged[names.kind], f"{uuid.uuid4()}.1")


_BODIES: Final[dict[str, Callable[[Names], dict[str, Any]]]] = {
    "chat.start": lambda names: {"data": {"phone": names.of(lambda person: person.phone, "+14155559999")}},
    "chat.send_message": lambda names: {"data": {"text": "hello"}},
    "chat.send_with_file": lambda names: {"data": {"text": "hello", "file": (BytesIO(b"hello"), "hello.txt")}},
    "chat.upload_file": lambda names: {"data": {"file": (BytesIO(b"hello"), "hello.txt")}},
    "chat.delete_file": lambda names: {"data": {}},
    "files.upload": lambda names: {
        "data": {"session_id": _PARAMETERS["session_id"](names), "file": (BytesIO(b"hello"), "hello.txt")}
    },
    "files.remove": lambda names: {},
    "chat.start_over": lambda names: {},
    "chat.stop_reply": lambda names: {},
    "chat.retry_reply": lambda names: {},
    "verify.begin": lambda names: {"data": {}},
    "verify.send_code": lambda names: {"data": {}},
    "verify.finish": lambda names: {"data": {}},
    "verify.sign_out": lambda names: {"data": {}},
    "verify.sign_out_everywhere": lambda names: {"data": {}},
    "rights.erase": lambda names: {"data": {"word": WORD, "receipt": str(uuid.uuid4())}},
    "webhook.receive_message": lambda names: {
        "json": {"phone": names.of(lambda person: person.phone, "+14155559999"), "message": "hello"}
    },
    "signed.receive_signed": lambda names: {
        "json": {"phone": names.of(lambda person: person.phone, "+14155559999"), "message": "hello"}
    },
    "twilio.receive_twilio": lambda names: {
        "data": {
            "From": names.of(lambda person: person.phone, "+14155559999"),
            "Body": "hello",
            "MessageSid": f"SM{uuid.uuid4().hex}",
        }
    },
    "webhook.stop_reply": lambda names: {},
    "webhook.retry_reply": lambda names: {},
    "sessions.open_session": lambda names: {"json": {}},
    "sessions.add_message": lambda names: {"json": {"content": "hello", "author_type": "customer"}},
    "sessions.label_session": lambda names: {"json": {"outcome": "matrix"}},
    "sessions.close_session": lambda names: {},
    "realtime.start_session": lambda names: {
        "json": {"customer_name": "x", "customer_email": "x@y", "session_id": _PARAMETERS["session_id"](names)}
    },
    "realtime.issue_ticket": lambda names: {},
    "realtime.send_message": lambda names: {
        "json": {"session_id": _PARAMETERS["session_id"](names), "message": "hello"}
    },
    "streams.ask": lambda names: {"json": {"session_id": _PARAMETERS["session_id"](names), "message": "hello"}},
    "docs.try_webhook": lambda names: {"data": {"phone": "+14155559999", "message": "hello"}},
    "conversations.begin_session": lambda names: {"json": {}},
    "conversations.rename_conversation": lambda names: {"json": {"title": "matrix"}},
    "conversations.delete_conversation": lambda names: {},
    "feedback.give_feedback": lambda names: {"json": {"message_id": _message(names), "feedback": "negative"}},
    "chat.judge": lambda names: {"data": {"message": _message(names), "verdict": "negative"}},
    "admin.log_in": lambda names: {"data": {"username": "nobody", "password": "x"}},
    "admin.give_code": lambda names: {"data": {"code": "000000"}},
    "admin.logout": lambda names: {"data": {}},
    "admin.change_password": lambda names: {"data": {"old": PASSWORD, "new": "short"}},
    "admin.second_factor_begin": lambda names: {"data": {"password": PASSWORD}},
    "admin.second_factor_confirm": lambda names: {"data": {"code": "000000"}},
    "admin.second_factor_remove": lambda names: {"data": {"password": PASSWORD}},
    "admin.add_knowledge": lambda names: {"data": {"title": "Matrix", "text": "Of the matrix.", "anyway": "yes"}},
    "admin.edit_knowledge": lambda names: {
        "data": {"title": "Matrix", "text": "Of the matrix, edited.", "anyway": "yes"}
    },
    "admin.remove_knowledge": lambda names: {"data": {}},
    "knowledge.add_document": lambda names: {"json": {"title": "Matrix", "text": "Of the matrix."}},
    "knowledge.remove_document": lambda names: {},
    "admin.reveal": lambda names: {"data": {}},
    "admin.erase": lambda names: {"data": {"word": WORD, "receipt": str(uuid.uuid4())}},
}
"""What is posted to each route, by its endpoint."""

_QUERIES: Final[dict[str, Callable[[Names], dict[str, str]]]] = {
    "conversations.list_conversations": lambda names: {"session_id": _PARAMETERS["session_id"](names)},
}
"""What stands in the query of each route that names somebody there, by its endpoint."""

IN_BODY: Final = frozenset(
    {
        *("chat.start", "webhook.receive_message", "signed.receive_signed", "twilio.receive_twilio"),
        *("realtime.start_session", "realtime.send_message", "streams.ask", "files.upload"),
        *("feedback.give_feedback", "chat.judge"),
    }
)
"""The routes whose body names whom they are about."""

NO_IDS: Final = frozenset({"name", "client_id", "kind"})
"""Parameters that name nobody and nothing of anybody."""

HELP: Final = "so the authorisation matrix cannot call it. Say how to fill it in tests/web/matrix/fill.py: "


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the matrix."""

    endpoint: str
    method: str
    path: str
    whose: Whose
    options: dict[str, Any]

    @property
    def told(self) -> str:
        """All that the request itself says."""
        return f"{self.path} {self.options}"


def calls(rule: Rule, method: str, access: Access, identity: Identity, world: World) -> Iterator[Call]:
    """Every request to a route by one identity: one for each whose id it can name. Raises LookupError with advice."""
    named = [name for name in rule.arguments if name not in ("token", *NO_IDS)]
    about_token = "token" in rule.arguments and not named
    told = rule.endpoint in _QUERIES or (rule.endpoint in IN_BODY and method not in SAFE)
    varied = bool(named) or about_token or told
    kind = TokenKind.PAGE if access.kind in ("capability", "staff") else TokenKind.API
    for whose in Whose if varied else (Whose.OWN,):
        names = Names(whose, identity, world, kind)
        values = {name: _value(rule, name, names) for name in rule.arguments if name != "token"}
        if "token" in rule.arguments:
            values["token"] = _token(names) if about_token else identity.page or secrets.token_urlsafe(32)
        query = urlencode(_QUERIES[rule.endpoint](names)) if rule.endpoint in _QUERIES else ""
        path = _path(rule, values) + (f"?{query}" if query else "")
        yield Call(rule.endpoint, method, path, whose, _body(rule, method, names))


def _value(rule: Rule, name: str, names: Names) -> str:
    if name not in _PARAMETERS:
        raise LookupError(f"{rule.rule} has a parameter {name!r} that nobody knows, {HELP}_PARAMETERS[{name!r}]")
    return _PARAMETERS[name](names)


def _body(rule: Rule, method: str, names: Names) -> dict[str, Any]:
    if method in SAFE or method not in (rule.methods or ()):
        return {}
    if rule.endpoint not in _BODIES:
        raise LookupError(f"{method} {rule.rule} has a body that nobody knows, {HELP}_BODIES[{rule.endpoint!r}]")
    return _BODIES[rule.endpoint](names)


def _token(names: Names) -> str:
    """A page's own token, the id of another's session (which is no secret), a token of nobody, and what is none."""
    if names.whose is Whose.OWN:
        return names.identity.page or secrets.token_urlsafe(32)
    return names.of(lambda person: person.session_ids[TokenKind.PAGE], secrets.token_urlsafe(32))


def _path(rule: Rule, values: dict[str, str]) -> str:
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: quote(values[found[1]], safe=""), rule.rule)
