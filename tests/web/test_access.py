"""What the decorators of web/access.py declare, and whose session a caller may name."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import SessionRef
from chatterkeep.services.wiring import Services
from chatterkeep.storage.crypto import hash_token
from chatterkeep.storage.models_access import TokenRecord
from chatterkeep.web import access, tickets
from chatterkeep.web.access import Access, Caller
from tests.make import NOW, Clock

MINE = "af95080d-1670-4f45-8a47-db211c81abf9"
HANDSHAKE = {"Upgrade": "websocket", "Connection": "Upgrade"}
ANOTHERS = "af95080d-1670-4f45-8a47-db211c81abf0"


def view() -> str:
    return ""


@pytest.mark.parametrize(
    ("declare", "declared"),
    [
        (access.public, Access("public")),
        (access.capability, Access("capability")),
        (access.signature, Access("signature", signer="gateway")),
        (access.twilio, Access("signature", signer="twilio")),
        (access.client("chat"), Access("client", scope="chat")),
        (access.client("agent", session=True), Access("client", scope="agent", session=True)),
        (access.client("chat", ticket=True), Access("client", scope="chat", ticket=True)),
        (access.staff("agent"), Access("staff", role="agent")),
    ],
)
def test_a_view_is_what_it_is_declared_to_be(declare: Callable[[Any], Any], declared: Access) -> None:
    def another() -> str:
        return ""

    assert declare(another) is another
    assert another.access == declared  # type: ignore[attr-defined]


def test_declared_now_it_is_the_same() -> None:
    assert access.client("chat", session=True, ticket=True)(view).access == Access(  # type: ignore[attr-defined]
        "client", scope="chat", session=True, ticket=True
    )
    assert access.client("chat")(view).access.session is False  # type: ignore[attr-defined]
    assert access.client("chat")(view).access.ticket is False  # type: ignore[attr-defined]
    assert access.staff("admin")(view).access == Access("staff", role="admin")  # type: ignore[attr-defined]
    assert access.public(view).access == Access("public")  # type: ignore[attr-defined]
    assert access.capability(view).access == Access("capability")  # type: ignore[attr-defined]
    assert access.signature(view).access == Access("signature", signer="gateway")  # type: ignore[attr-defined]


def test_routes_that_say_nothing_stop_the_start_and_each_is_named() -> None:
    silent = Flask("silent", static_folder=None)
    silent.add_url_rule("/b", "b", lambda: "")
    silent.add_url_rule("/a", "a", lambda: "")
    silent.add_url_rule("/c", "c", access.public(lambda: ""))
    with pytest.raises(RuntimeError, match=r": a, b$"):
        access.init(silent)


def named(app: Flask, session_id: str, mine: str | None) -> SessionRef:
    with app.test_request_context():
        g.caller = Caller("tests", frozenset({"chat"}), mine)
        return access.session_ref(session_id)


@pytest.mark.parametrize("mine", [MINE, None])
def test_a_session_may_be_named_by_who_holds_it_or_all(still_app: Flask, mine: str | None) -> None:
    assert named(still_app, MINE, mine) == named(still_app, MINE.upper(), mine) == SessionRef(MINE)


@pytest.mark.parametrize(
    ("session_id", "mine"), [(ANOTHERS, MINE), (MINE[:-1], None), ("", None), (f"{MINE}\n", None), ("x", "x")]
)
def test_anothers_and_none_are_the_same_as_unknown(still_app: Flask, session_id: str, mine: str | None) -> None:
    with pytest.raises(NotFound) as found:
        named(still_app, session_id, mine)
    assert found.value.code == "SESSION_NOT_FOUND"


def test_an_administrator_may_all_and_others_what_they_were_given() -> None:
    assert Caller("a", frozenset({"admin"})).may("chat")
    assert Caller("a", frozenset({"chat"})).may("chat")
    assert not Caller("a", frozenset({"chat"})).may("agent")


def test_a_session_token_makes_its_holder_a_caller_of_one_session(app: Flask, services: Services) -> None:
    opening = services.sessions.open(None, NOW)
    session_id, headers = opening.session.session_id, {"Authorization": f"Bearer {opening.token}"}
    with app.test_request_context(f"/sessions/{session_id}", headers=headers):
        assert app.preprocess_request() is None
        scopes = frozenset({"sessions:read"})
        assert access.caller() == Caller(f"session:{session_id}", scopes, session_id, hash_token(opening.token))


def test_a_key_makes_its_holder_a_caller_who_is_known_by_its_name_and_hash(app: Flask, services: Services) -> None:
    key = services.api_keys.create("shop", ["sessions:read"], None, NOW)
    with app.test_request_context("/sessions", headers={"Authorization": f"Bearer {key}"}):
        assert app.preprocess_request() is None
        assert access.caller() == Caller("key:shop", frozenset({"sessions:read"}), None, hash_token(key))


def test_only_what_is_written_with_a_token_moves_its_end(app: Flask, services: Services, clock: Clock) -> None:
    opening = services.sessions.open(None, NOW)
    session_id, headers = opening.session.session_id, {"Authorization": f"Bearer {opening.token}"}
    clock.forward(hours=2)
    used = []
    for method, path in (("GET", f"/sessions/{session_id}"), ("POST", f"/sessions/{session_id}/messages")):
        with app.test_request_context(path, method=method, headers=headers):
            assert app.preprocess_request() is None
        with services.links._database.read() as connection:
            used.append(connection.scalar(select(TokenRecord.used_at)))
    assert used == [NOW, clock()]


def test_a_ticket_opens_the_socket_of_its_session_and_nothing_else(app: Flask, services: Services) -> None:
    opening = services.sessions.open(None, NOW)
    session_id, token = opening.session.session_id, hash_token(opening.token)
    with app.app_context():
        query = f"ticket={tickets.issue(session_id, token)}"
    with app.test_request_context(f"/sessions/{session_id}?{query}"):
        assert app.preprocess_request() is None
        assert access.caller() == access.ANYBODY
    with app.test_request_context(f"/ws/{session_id}/x?{query}", headers=HANDSHAKE):
        assert app.preprocess_request() is None
        assert access.caller() == Caller(f"session:{session_id}", frozenset({"chat"}), session_id, token)
