"""Every route is on the list, says who may call it, and sets no cookie where people are not staff."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from chatterkeep.web import access
from tests.source import ROOT

LIST = ROOT / "tests" / "rules" / "routes.txt"


def described(app: Flask, rule: Rule) -> str:
    found = access.access_of(app, rule.endpoint)
    assert found, f"{rule.endpoint} must declare its access: @access.public, capability, client(…) or staff(…)."
    methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    also = ("session" * found.session, "ticket" * found.ticket)
    who = " ".join(word for word in (found.kind, found.scope, found.role, found.signer, *also) if word)
    return f"{methods:<12} {rule.rule:<44} {who}".rstrip()


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    assert [name for name in app.view_functions if access.access_of(app, name) is None] == []


def test_the_list_of_routes_is_up_to_date(app: Flask) -> None:
    """A route that comes, goes or opens shows up in review. Write the list anew: python -m tests.rules.routes"""
    routes = sorted(described(app, rule) for rule in app.url_map.iter_rules())
    assert LIST.read_text().splitlines() == routes


def test_a_route_that_says_nothing_stops_the_start(app: Flask) -> None:
    app.view_functions["forgotten"] = lambda: ""
    with pytest.raises(RuntimeError, match="must declare who may call them: forgotten"):
        access.init(app)


def test_no_public_route_sets_a_cookie(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        found = access.access_of(app, rule.endpoint)
        if found is None or found.kind == "staff" or rule.rule.startswith("/admin"):
            continue
        path = rule.rule.replace("<token>", "x" * 43).replace("<path:name>", "x")
        for method in rule.methods or ():
            answer = client.open(path, method=method, data={"phone": "+14155550123", "message": "hello"})
            assert "Set-Cookie" not in answer.headers, f"{method} {path}"


def test_every_answer_carries_the_headers_of_the_house(app: Flask, client: FlaskClient) -> None:
    for path in ("/", "/c/none", "/livez", "/nowhere", "/docs/errors"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert len(headers["X-Request-Id"]) == 16
