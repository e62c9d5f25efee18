"""What every kind of answer says of how it may be used, and what no answer shows."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.settings import Settings
from tests.canary import private_in
from tests.make import NAME, SONG, make_payload, make_phone, make_settings

PAGE, DATA, FRAGMENT, STATIC = "page", "data", "fragment", "static"
BARE = "default-src 'none'; frame-ancestors 'none'"
GOVERNING = {
    "Content-Security-Policy",
    "X-Frame-Options",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
}
EXPECTED = {
    PAGE: GOVERNING,
    DATA: {"Content-Security-Policy", "X-Frame-Options"},
    FRAGMENT: set[str](),
    STATIC: set[str](),
}


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return make_settings(data_dir=data_dir, api_auth="required", public_url="https://chat.example.org")


def answers(client: FlaskClient) -> dict[str, tuple[str, TestResponse]]:
    """One answer of each kind, and what it is."""
    started = client.post("/", data={"phone": make_phone()})
    page = started.location
    thread = client.get(page)
    asset = thread.text.partition('href="/static/')[2].partition('"')[0]
    hx = {"HX-Request": "true"}
    return {
        "start": (PAGE, client.get("/")),
        "conversation": (PAGE, thread),
        "way to it": (PAGE, started),
        "form with a mistake": (PAGE, client.post("/", data={"phone": "x"})),
        "no such page": (PAGE, client.get("/nowhere")),
        "no such conversation": (PAGE, client.get("/c/none")),
        "wrong method": (PAGE, client.delete("/")),
        "post from another site": (PAGE, client.post("/", headers={"Sec-Fetch-Site": "cross-site"})),
        "another name": (PAGE, client.get("/", headers={"Host": "evil.example"})),
        "corrected path": (PAGE, client.get("//")),
        "docs": (PAGE, client.get("/docs")),
        "errors": (PAGE, client.get("/docs/errors")),
        "login": (PAGE, client.get("/admin/login")),
        "staff only": (PAGE, client.get("/admin/")),
        "fragment": (FRAGMENT, client.post(f"{page}/messages", data={"text": "hello"}, headers=hx)),
        "poll": (FRAGMENT, client.get(f"{page}/news", headers=hx)),
        "webhook": (DATA, client.post("/chat", json=make_payload())),
        "webhook, refused": (DATA, client.post("/chat", data="x")),
        "signed webhook, refused": (DATA, client.post("/webhooks/sms", json={})),
        "no such route": (DATA, client.get("/chat/none/such")),
        "openapi": (DATA, client.get("/openapi.json")),
        "health": (DATA, client.get("/health")),
        "metrics": (DATA, client.get("/metrics")),
        "static": (STATIC, client.get(f"/static/{asset}")),
        "asked whether it changed": (STATIC, client.get(f"/static/{asset}", headers={"If-None-Match": "*"})),
        "no such file": (DATA, client.get("/static/none.css")),
        "preflight": (PAGE, client.options("/")),
    }


def test_every_kind_of_answer_says_how_it_may_be_used(client: FlaskClient) -> None:
    for name, (kind, answer) in answers(client).items():
        headers = answer.headers
        assert set(headers.keys()) & GOVERNING == EXPECTED[kind], name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert headers["Strict-Transport-Security"] == "max-age=31536000", name
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), name
        assert headers["Referrer-Policy"] == "no-referrer" or answer.request.path.startswith("/admin"), name
        expected = "public, max-age=31536000, immutable" if kind == STATIC else "no-store"
        assert headers["Cache-Control"] == expected, name
        assert "Access-Control-Allow-Origin" not in headers, name
        assert "X-Powered-By" not in headers, name


def test_the_policies_let_nothing_in_from_elsewhere(client: FlaskClient) -> None:
    for name, (kind, answer) in answers(client).items():
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "unsafe" not in policy, name
        assert "http" not in policy, name
        if kind == DATA:
            assert policy == BARE, name
        if kind == PAGE:
            rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
            assert rules["default-src"] == "'none'", name
            assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'", name
            assert rules["base-uri"] == rules["frame-ancestors"] == "'none'", name
            assert answer.headers["X-Frame-Options"] == "DENY", name
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", name


class TestWithoutTLS:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir)

    def test_browsers_are_not_told_to_insist_on_it(self, client: FlaskClient) -> None:
        for name, (_, answer) in answers(client).items():
            assert "Strict-Transport-Security" not in answer.headers, name


def test_nothing_of_development_is_on(app: Flask) -> None:
    assert not app.debug
    assert not app.testing
    assert not app.config["PROPAGATE_EXCEPTIONS"]
    assert not app.config["TRAP_HTTP_EXCEPTIONS"]
    assert not app.config["TRAP_BAD_REQUEST_ERRORS"]
    assert app.static_folder is None


HIDDEN = (
    *("/.git/config", "/.git/HEAD", "/.env", "/.env.example", "/keys.json", "/data/keys.json", "/data"),
    *("/chatterkeep.sqlite3", "/data/chatterkeep.sqlite3", "/pyproject.toml", "/gunicorn.conf.py", "/wsgi.py"),
    *(
        "/requirements.txt",
        "/Dockerfile",
        "/console",
        "/?__debugger__=yes&cmd=resource&f=debugger.js",
        "/server-status",
    ),
    *("/static/../data/keys.json", "/static/%2e%2e/data/keys.json", "/static/..%2f.env", "/static/.env", "/static/"),
    *("/templates/base.html", "/chatterkeep/app.py", "/migrations/env.py", "/__pycache__", "/robots.txt~"),
)


@pytest.mark.parametrize("path", HIDDEN)
def test_no_file_of_the_installation_is_served(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404 or ("__debugger__" in path and "Traceback" not in answer.text)


def test_monitors_learn_nothing_of_anybody(client: FlaskClient) -> None:
    phone = make_phone()
    page = client.post("/", data={"phone": phone}).location
    for text in ("hello", NAME, SONG):
        client.post("/chat", json=make_payload(phone=phone, message=text))
        client.post(f"{page}/messages", data={"text": text})
    client.get(f"/c/{NAME}")
    client.get(f"/{NAME}?phone={phone}")
    for path in ("/metrics", "/health", "/readyz", "/livez"):
        said = client.get(path).text
        assert private_in(said) is None
        assert phone[-7:] not in said
        assert str(page).rpartition("/")[2] not in said
