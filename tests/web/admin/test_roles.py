"""Each staff page opens to the roles it is for, and to no other: every route times every role."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from chatterkeep.domain.audit import Action
from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from chatterkeep.web.access import access_of
from tests.make import PASSWORD, make_phone
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, Desk

ROLES = [None, *Role]
STRANGE = "00000000-0000-4000-8000-000000000000"


def staff_routes(app: Flask) -> list[tuple[str, Rule, Role]]:
    """The method, rule and role of every route that asks for staff."""
    found = []
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access and access.kind == "staff" and access.role:
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found += [(method, rule, Role(access.role)) for method in methods]
    return found


def path_of(rule: Rule, conversation_id: str) -> str:
    path = rule.rule.replace("<uuid:conversation_id>", conversation_id)
    path = re.sub(r"<\w+:(?:document_id|file_id|passage_id|receipt_id)>", STRANGE, path)
    return path.replace("<kind>", "txt")


@pytest.fixture
def conversation(talk: Talk) -> str:
    return talk("hello", phone=make_phone())


@pytest.mark.parametrize("mine", ROLES, ids=str)
def test_every_route_asks_for_its_role(
    app: Flask, client: FlaskClient, services: Services, conversation: str, mine: Role | None
) -> None:
    desk = Desk(client)
    if mine:
        services.staff.create("kim", PASSWORD, mine, services.clock())
        desk.log_in("kim")
    token = desk.token() if mine else ""
    routes = [route for route in staff_routes(app) if not route[1].rule.endswith("/logout")]
    assert {role for _, _, role in routes} == set(Role)
    for method, rule, asked in routes:
        answer = client.open(path_of(rule, conversation), method=method, data={"csrf_token": token, "word": "no"})
        if mine is None:
            assert (answer.status_code, (answer.location or "")[:12]) == (303, "/admin/login"), (method, rule)
        elif mine.covers(asked):
            assert answer.status_code in (200, 302, 303, 404, 422), (method, rule)
        else:
            assert answer.status_code == 403, (method, rule)


@pytest.mark.parametrize("mine", [Role.VIEWER, Role.AGENT], ids=str)
def test_who_may_not_learns_not_even_what_exists(
    app: Flask, client: FlaskClient, services: Services, conversation: str, mine: Role
) -> None:
    services.staff.create("kim", PASSWORD, mine, services.clock())
    desk = Desk(client)
    desk.log_in("kim")
    token = desk.token()
    for method, rule, asked in staff_routes(app):
        if mine.covers(asked):
            continue
        bodies = [
            client.open(path_of(rule, which), method=method, data={"csrf_token": token})
            for which in (conversation, STRANGE)
        ]
        assert [body.status_code for body in bodies] == [403, 403]


def test_what_was_refused_is_in_the_audit_and_no_loop_fills_it(
    client: FlaskClient, services: Services, conversation: str
) -> None:
    services.staff.create("kim", PASSWORD, Role.VIEWER, services.clock())
    desk = Desk(client)
    desk.log_in("kim")
    reveal, export = f"{LIST}/{conversation}/reveal", f"{LIST}/{conversation}/export/txt"
    for _ in range(5):
        assert desk.submit(reveal).status_code == 403
        assert client.get(export).status_code == client.get("/admin/audit.csv").status_code == 403
    told = [entry for entry in services.audit.newest(100)[::-1] if entry.action is Action.REFUSED]
    assert [(entry.actor.name, entry.subject, entry.detail) for entry in told] == [
        ("kim", conversation, "POST /admin/conversations/<uuid:conversation_id>/reveal"),
        ("kim", conversation, "GET /admin/conversations/<uuid:conversation_id>/export/<kind>"),
        ("kim", "", "GET /admin/audit.csv"),
    ]


@pytest.mark.parametrize(
    ("mine", "reveals", "erases"), [(Role.VIEWER, False, False), (Role.AGENT, True, False), (Role.ADMIN, True, True)]
)
def test_the_page_offers_what_the_role_may(
    client: FlaskClient, services: Services, conversation: str, mine: Role, reveals: bool, erases: bool
) -> None:
    services.staff.create("kim", PASSWORD, mine, services.clock())
    desk = Desk(client)
    desk.log_in("kim")
    html = desk.open(f"{LIST}/{conversation}").html
    assert ("/reveal" in html, "/erase" in html, "/export/" in html) == (reveals, erases, erases)
