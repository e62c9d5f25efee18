"""Who is let in, for how long, and what every staff page carries."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from chatterkeep.web import access
from tests import databases
from tests.make import PASSWORD, Clock
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, LOGIN, Desk

NEW_PASSWORD = f"{PASSWORD}-renewed"


OPEN = (LOGIN, f"{LOGIN}/code")
ID = "00000000-0000-4000-8000-000000000000"


def staff_rules(app: Flask) -> list[tuple[str, str]]:
    """Every method and path that is for staff."""
    return [
        (method, re.sub(r"<[^>]*>", ID, rule.rule.replace("<kind>", "txt")))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin") and rule.rule not in OPEN
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_staff_page_asks_for_a_login(app: Flask, stranger: Desk) -> None:
    assert len(staff_rules(app)) >= 10
    for method, path in staff_rules(app):
        answer = stranger.client.open(path, method=method)
        assert (answer.status_code, (answer.location or "").partition("?")[0]) == (303, LOGIN), path


def test_nothing_that_changes_something_is_done_without_the_token_of_our_own_form(
    app: Flask, desk: Desk, services: Services
) -> None:
    """Logged in or not, for each route there is: a form on another site has the cookie, but not the token."""
    changing = [(method, path) for method, path in staff_rules(app) if method != "GET"]
    before = services.audit.newest(1000)
    assert len(changing) >= 5
    for method, path in (*changing, *(("POST", path) for path in OPEN)):
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}):
            answer = desk.client.open(path, method=method, data=data)
            assert answer.status_code == 400, f"{method} {path}"
    assert services.audit.newest(1000) == before


def test_a_made_up_cookie_is_no_login(stranger: Desk, ada: str) -> None:
    stranger.client.set_cookie("chatterkeep_staff", "eyJsb2dpbiI6WzEsMSwxLDFdfQ.aaaaaa.bbbb", path="/admin")
    assert stranger.client.get(LIST).status_code == 303


@pytest.mark.parametrize(
    ("mine", "asked", "status"),
    [
        (Role.VIEWER, "viewer", 200),
        (Role.VIEWER, "agent", 403),
        (Role.VIEWER, "admin", 403),
        (Role.AGENT, "agent", 200),
        (Role.AGENT, "admin", 403),
        (Role.ADMIN, "viewer", 200),
        (Role.ADMIN, "admin", 200),
    ],
)
def test_a_role_opens_its_own_pages_and_those_of_lesser_roles(
    app: Flask, services: Services, stranger: Desk, mine: Role, asked: access.Role, status: int
) -> None:
    app.add_url_rule("/admin/room", "admin.room", access.staff(asked)(lambda: "inside"))
    services.staff.create("kim", PASSWORD, mine, services.clock())
    stranger.log_in("kim")
    answer = stranger.client.get("/admin/room")
    assert answer.status_code == status
    assert ("inside" in answer.text) is (status == 200)


def test_a_page_that_names_no_role_stays_shut(app: Flask, stranger: Desk, ada: str) -> None:
    app.add_url_rule("/admin/room", "admin.room", lambda: "inside")
    assert stranger.client.get("/admin/room").status_code == 303
    stranger.log_in()
    assert stranger.client.get("/admin/room").status_code == 403


def test_a_login_ends_after_half_an_hour_of_silence(desk: Desk, clock: Clock) -> None:
    clock.forward(minutes=29)
    assert desk.client.get(LIST).status_code == 200
    clock.forward(minutes=29)
    assert desk.client.get(LIST).status_code == 200
    clock.forward(minutes=30, seconds=1)
    assert desk.client.get(LIST).status_code == 303


def test_a_login_ends_after_twelve_hours_of_work(desk: Desk, clock: Clock) -> None:
    for _ in range(36):
        clock.forward(minutes=20)
        assert desk.client.get(LIST).status_code == 200
    clock.forward(seconds=1)
    assert desk.client.get(LIST).status_code == 303


def test_a_login_that_ended_begins_anew_with_the_password(desk: Desk, clock: Clock) -> None:
    clock.forward(hours=1)
    assert desk.log_in().status_code == 303
    assert desk.client.get(LIST).status_code == 200


@databases.both
def test_logging_out_ends_the_login_for_a_copy_of_its_cookie_too(app: Flask, desk: Desk, clock: Clock) -> None:
    copy, other = Desk(app.test_client()), Desk(app.test_client())
    cookie = desk.client.get_cookie("chatterkeep_staff", path="/admin")
    assert cookie is not None
    copy.client.set_cookie("chatterkeep_staff", cookie.value, path="/admin")
    other.log_in()
    assert copy.client.get(LIST).status_code == 200
    desk.submit("/admin/logout")
    assert copy.client.get(LIST).status_code == 303
    assert other.client.get(LIST).status_code == 200


def test_logging_in_again_ends_the_login_before(app: Flask, desk: Desk, services: Services, clock: Clock) -> None:
    copy, token = Desk(app.test_client()), desk.token()
    cookie = desk.client.get_cookie("chatterkeep_staff", path="/admin")
    assert cookie is not None
    copy.client.set_cookie("chatterkeep_staff", cookie.value, path="/admin")
    assert (
        desk.client.post(LOGIN, data={"csrf_token": token, "username": "ada", "password": PASSWORD}).status_code == 303
    )
    assert desk.client.get(LIST).status_code == 200
    assert copy.client.get(LIST).status_code == 303


def test_logins_that_can_hold_no_longer_are_forgotten(app: Flask, desk: Desk, engine: Engine, clock: Clock) -> None:
    for _ in range(3):
        Desk(app.test_client()).log_in()
    clock.forward(hours=12, seconds=1)
    Desk(app.test_client()).log_in()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM staff_logins")) == 1


@databases.both
def test_a_new_password_ends_all_logins(desk: Desk, services: Services, clock: Clock) -> None:
    services.staff.change_password("ada", NEW_PASSWORD, clock())
    assert desk.client.get(LIST).status_code == 303
    assert desk.log_in().status_code == 422
    assert desk.log_in(password=NEW_PASSWORD).status_code == 303


@databases.both
def test_a_disabled_account_is_out_at_once_and_its_old_logins_stay_dead(
    desk: Desk, services: Services, clock: Clock
) -> None:
    services.staff.disable("ada", clock())
    assert desk.client.get(LIST).status_code == 303
    services.staff.enable("ada", clock())
    assert desk.client.get(LIST).status_code == 303
    assert desk.log_in().status_code == 303


@databases.both
def test_another_role_ends_the_logins_at_once(desk: Desk, services: Services, clock: Clock) -> None:
    services.staff.set_role("ada", Role.VIEWER, clock())
    assert desk.client.get(LIST).status_code == 303
    assert desk.log_in().status_code == 303
    assert desk.client.get("/admin/audit").status_code == 403


def test_every_staff_page_carries_the_headers_of_the_house(app: Flask, desk: Desk, talk: Talk) -> None:
    talk("hello")
    for path in (LIST, f"{LIST}/{talk('hello')}", f"{LIST}?state=NONE", "/admin/conversations/nothing", "/admin/"):
        headers = desk.client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        if path.startswith(LIST) and not path.endswith("nothing"):
            assert headers["Referrer-Policy"] == "same-origin"
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert headers["X-Frame-Options"] == "DENY"
            assert "Cookie" in headers["Vary"]


def test_public_pages_know_nothing_of_the_login(desk: Desk) -> None:
    for answer in (
        desk.client.get("/"),
        desk.client.post("/", data={"phone": "+14155550100"}),
        desk.client.post("/chat", json={"phone": "+14155550100", "message": "hello"}),
    ):
        assert answer.status_code < 400
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
