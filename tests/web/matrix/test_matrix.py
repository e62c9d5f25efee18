"""Nobody reads or changes what is not theirs: every route, called in every way by everybody, with everybody's ids.

The routes are those of the application, and what a caller is owed follows from what a route declares. A new route is
called from its first day, or this says what it does not know of it.
"""

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Map, Rule
from werkzeug.test import TestResponse

from chatterkeep.web.access import Access, access_of
from tests.signing import signed, twilio_signed
from tests.web.matrix.conftest import Stage
from tests.web.matrix.expect import BEGINNING, STATUS, UNUSUAL, Verdict, asking_for_methods, shown_to, verdict
from tests.web.matrix.fill import IN_BODY, METHODS, SAFE, Call, Whose, calls
from tests.web.matrix.people import Identity, leaked

CALLERS = (
    "nobody",
    "a page",
    "a page that ended",
    "a page that was signed out",
    "an unknown page",
    "a session token as page",
    "a session token",
    "a session token that ended",
    "a revoked session token",
    "a page's token as credential",
    "a key for chat",
    "a key for sessions:read",
    "a key for sessions:write",
    "a key for agent",
    "a key for files",
    "a key for admin",
    "an expired key",
    "a revoked key",
    "an unknown key",
    "the gateway",
    "Twilio",
    "staff: viewer",
    "staff: agent",
    "staff: admin",
    "staff whose login ended",
)

ASKED_AS = {name: {"HX-Request": "true"} for name in ("chat.show_news", "verify.show_heard")}
"""How htmx asks: anybody else is sent to the page."""


def test_everybody_is_in_the_matrix(stage: Stage) -> None:
    assert set(stage.identities) == set(CALLERS)


@pytest.mark.parametrize("name", CALLERS)
def test_nobody_reads_or_changes_what_is_not_theirs(stage: Stage, name: str) -> None:
    wrong: list[str] = []
    for rule, method, access in routes(stage.app):
        stage.world.mend()
        identity = stage.identities[name]()
        client = stage.client_of(identity) if access.kind == "staff" else stage.app.test_client()
        told = {}
        for call in calls(rule, method, access, identity, stage.world):
            answer, problems = _made(stage, client, rule, access, identity, call)
            wrong += problems
            told[call.whose] = answer
        wrong += _differences(rule, method, told)
    assert wrong == [], "\n".join(wrong)


def test_the_matrix_would_see_a_leak(stage: Stage) -> None:
    """Where somebody may read, what is theirs is read: else nothing above means anything."""
    seen = set()
    for name in ("a page", "a session token", "a key for admin", "staff: admin"):
        identity = stage.identities[name]()
        for rule, method, access in routes(stage.app):
            if method == "GET" and access.kind != "public":
                client = stage.client_of(identity)
                for call in calls(rule, method, access, identity, stage.world):
                    answer = client.get(call.path, headers=_headers(rule, identity))
                    if leaked((stage.world.caller,), answer.get_data(as_text=True), call.told):
                        seen.add(rule.endpoint)
    assert seen >= {
        "chat.show_thread",
        "sessions.show_session",
        "webhook.show_reply",
        "streams.resume",
        "realtime.show_context",
        "rights.export",
        "conversations.list_conversations",
        "conversations.show_conversation",
        "verify.ask_number",
        "admin.conversation",
        "admin.export",
    }


def test_a_route_that_the_matrix_does_not_know_is_told_so(stage: Stage) -> None:
    world, identity = stage.world, stage.identities["nobody"]()
    known = Map([Rule("/<ship_id>", endpoint="see"), Rule("/", endpoint="sink", methods=["POST"])])
    see, sink = known.iter_rules()
    with pytest.raises(LookupError, match=r"a parameter 'ship_id' that nobody knows.*tests/web/matrix/fill\.py"):
        list(calls(see, "GET", Access("public"), identity, world))
    with pytest.raises(LookupError, match=r"POST / has a body that nobody knows.*tests/web/matrix/fill\.py"):
        list(calls(sink, "POST", Access("public"), identity, world))


def routes(app: Flask) -> Iterator[tuple[Rule, str, Access]]:
    """Every route with every method, those too that it does not have; in an order that changes things last."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    by_path: dict[str, list[Rule]] = {}
    for rule in rules:
        by_path.setdefault(rule.rule, []).append(rule)
    for method in METHODS:
        for path, there in by_path.items():
            having = [rule for rule in there if method in (rule.methods or ())]
            for rule in [_answering(app, path)] if method == "OPTIONS" else having or there[:1]:
                access = access_of(app, rule.endpoint)
                assert access
                yield rule, method, access


def _answering(app: Flask, path: str) -> Rule:
    """The route that Flask takes for the one who asks for methods, where several have one path."""
    some = re.sub("<[^>]*>", str(uuid.uuid4()), re.sub(r"<any\((\w+).*?>", r"\1", path))
    websocket = any(rule.websocket for rule in app.url_map.iter_rules() if rule.rule == path)
    found, _ = app.url_map.bind("localhost").match(some, "OPTIONS", return_rule=True, websocket=websocket)
    assert isinstance(found, Rule)
    return found


def _made(
    stage: Stage, client: FlaskClient, rule: Rule, access: Access, identity: Identity, call: Call
) -> tuple[TestResponse, list[str]]:
    """Make a call; the answer, and what is wrong with it."""
    expected = _expected(rule, access, identity, call)
    seldom = expected is Verdict.OPEN and call.method != "OPTIONS"
    usual = UNUSUAL.get((rule.endpoint, call.whose)) if seldom else None
    headers, options = _headers(rule, identity), _with_token(stage, access, identity, call)
    if identity.signs == "twilio" and "data" in options:
        headers |= twilio_signed({name: text for name, text in options["data"].items() if isinstance(text, str)})
    if identity.signs == "gateway" and "json" in options:
        options = {"data": json.dumps(options["json"]).encode(), "content_type": "application/json"}
        headers |= signed(options["data"], uuid.uuid4().hex, stage.world.clock())
    before = stage.stored()
    answer = client.open(call.path, method=call.method, headers=headers, **options)
    body = answer.get_data(as_text=True) + str(answer.headers)
    where = f"{identity.name}: {call.method} {rule.rule} ({call.whose})"
    wrong = []
    if answer.status_code != usual if usual else not STATUS[expected](answer.status_code):
        wrong.append(f"{where} {expected}, but got {answer.status_code}")
    may_see = shown_to(access, identity, expected, stage.world)
    others = [person for person in (stage.world.caller, stage.world.other) if person not in may_see]
    wrong += [f"{where} is shown {word!r}" for word in leaked(others, body, call.told)]
    if expected is Verdict.OPEN:
        stage.settle()
    elif stage.stored() != before:
        wrong.append(f"{where} {expected}, but changed something")
    return answer, wrong


def _expected(rule: Rule, access: Access, identity: Identity, call: Call) -> Verdict:
    if call.whose is Whose.MALFORMED and "<uuid:" in rule.rule:
        return Verdict.NOTHING  # no route fits such an address
    if call.method not in (rule.methods or ()):
        return Verdict.NO_METHOD
    if call.method == "OPTIONS":
        return asking_for_methods(access, identity)
    if call.whose is Whose.ABSENT and access.kind == "public" and call.endpoint not in IN_BODY:
        return Verdict.NOTHING
    said = verdict(access, identity, call.whose)
    return Verdict.OPEN if said is Verdict.NOTHING and rule.endpoint in BEGINNING else said


def _headers(rule: Rule, identity: Identity) -> dict[str, str]:
    """Those of the identity, and what a route needs to look at its caller at all."""
    shaken = {"Upgrade": "websocket", "Connection": "Upgrade"} if rule.websocket else {}
    return identity.headers | shaken | ASKED_AS.get(rule.endpoint, {})


def _with_token(stage: Stage, access: Access, identity: Identity, call: Call) -> dict[str, Any]:
    """Forms of staff carry a token of their login: without it, nothing but that would be tried."""
    if access.kind != "staff" or call.method in SAFE or not identity.role:
        return call.options
    token = stage.desks[identity.login, False].token()
    return {**call.options, "data": {**call.options.get("data", {}), "csrf_token": token}}


def _differences(rule: Rule, method: str, told: dict[Whose, TestResponse]) -> list[str]:
    """Where nothing is found, an id of nobody's and another person's are told apart by nothing."""
    missing = [answer for whose, answer in told.items() if answer.status_code == 404 and whose is not Whose.MALFORMED]
    looks = {_plain(answer) for answer in missing}
    return [f"{method} {rule.rule} tells what is there from what is not: {looks}"] if len(looks) > 1 else []


def _plain(answer: TestResponse) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    request_id = answer.headers.get("X-Request-Id", "none")
    headers = tuple(sorted((name, value) for name, value in answer.headers.items() if name != "X-Request-Id"))
    return answer.data.replace(request_id.encode(), b"-"), headers
