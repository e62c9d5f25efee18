"""/admin/login and /admin/logout."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.admin.login import EXPIRED, WRONG
from chatterkeep.web.limits import Limiting
from tests import databases
from tests.make import PASSWORD, Clock, make_settings
from tests.pages import Page
from tests.web.admin.desk import LIST, LOGIN, Desk, entries


def test_before_the_first_account_the_page_tells_how_to_make_it(stranger: Desk) -> None:
    assert "flask admin create" in stranger.open(LOGIN).html


def test_once_there_is_an_account_the_page_does_not_mention_it(stranger: Desk, ada: str) -> None:
    page = stranger.open(LOGIN)
    assert page.heading == "Staff log in"
    assert "flask admin create" not in page.html


@databases.both
def test_the_right_password_opens_the_list(stranger: Desk, ada: str) -> None:
    answer = stranger.log_in()
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert stranger.open(LIST).heading == "Conversations"


def test_the_user_name_may_be_typed_in_capitals_and_with_spaces(stranger: Desk, ada: str) -> None:
    assert stranger.log_in(" ADA ").status_code == 303


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ada", "Canary-Wharf-4711-stapl"),
        ("ada", ""),
        ("", PASSWORD),
        ("bob", PASSWORD),
        ("ada\0", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("ada", "x" * 5000),
        ("é" * 5000, "\ud83d"),
    ],
)
@databases.both
def test_whatever_is_wrong_the_answer_is_the_same(stranger: Desk, ada: str, username: str, password: str) -> None:
    answer = stranger.log_in(username, password.encode("utf-8", "replace").decode())
    page = Page(answer.get_data(as_text=True))
    assert (answer.status_code, page.alert) == (422, WRONG)
    assert page.value("password") == ""
    assert stranger.client.get(LIST).status_code == 303


def test_the_user_name_that_was_typed_comes_back(stranger: Desk, ada: str) -> None:
    page = Page(stranger.log_in("<b>ada", "wrong").get_data(as_text=True))
    assert page.value("username") == "<b>ada"


def test_a_disabled_account_is_told_no_more_than_a_wrong_password(
    stranger: Desk, services: Services, ada: str, clock: Clock
) -> None:
    services.staff.disable("ada", clock())
    assert Page(stranger.log_in().get_data(as_text=True)).alert == WRONG


def test_logging_in_leads_to_the_page_that_was_asked_for(stranger: Desk, ada: str) -> None:
    asked = stranger.client.get(LIST, query_string={"state": "COMPLETE", "phone": "+1 415 555"})
    assert asked.status_code == 303
    action = stranger.open(asked.location).all("form")[0]["action"]
    assert stranger.log_in(path=action).location == "/admin/conversations?state=COMPLETE&phone=%2B1+415+555"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/admin/",
        "/\\evil.example",
        "/admin/../c/token",
        "/admin\\@evil.example",
        "/adminevil",
        "/admin/\r\nSet-Cookie: x=1",
        "/admin/ü",
        "javascript:alert(1)",
        "/",
    ],
)
def test_logging_in_leads_nowhere_else(stranger: Desk, ada: str, target: str) -> None:
    token = stranger.token()
    data = {"csrf_token": token, "username": "ada", "password": PASSWORD}
    answer = stranger.client.post(LOGIN, query_string={"next": target}, data=data)
    assert (answer.status_code, answer.location) == (303, "/admin/")


def test_whoever_is_logged_in_is_not_asked_again(desk: Desk) -> None:
    assert desk.client.get(LOGIN).location == "/admin/"


def test_a_login_leaves_nothing_of_the_session_before_it(stranger: Desk, ada: str, app: Flask) -> None:
    """Whoever planted a cookie beforehand knows neither the login nor its CSRF token."""
    planted = stranger.token()
    with stranger.client.session_transaction(path="/admin") as session:
        session["planted"] = "yes"
        before = session["csrf_token"]
    stranger.client.post(LOGIN, data={"csrf_token": planted, "username": "ada", "password": PASSWORD})
    stranger.open(LIST)
    with stranger.client.session_transaction(path="/admin") as session:
        assert "planted" not in session
        assert session["csrf_token"] != before
    assert stranger.client.post("/admin/logout", data={"csrf_token": planted}).status_code == 400


def test_the_cookie_is_for_staff_pages_only_and_out_of_reach_of_scripts(stranger: Desk, ada: str) -> None:
    cookie = stranger.log_in().headers["Set-Cookie"]
    assert re.fullmatch(r"chatterkeep_staff=[\w.-]+; HttpOnly; Path=/admin; SameSite=Lax", cookie)


class TestOverHttps:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return make_settings(data_dir=settings.data_dir, api_auth="required", public_url="https://chat.example.org")

    def test_the_cookie_travels_over_https_only(self, client: FlaskClient, ada: str) -> None:
        client.environ_base["wsgi.url_scheme"] = "https"
        token = Page(client.get(LOGIN, base_url="https://localhost").get_data(as_text=True)).value("csrf_token")
        answer = client.post(
            LOGIN,
            base_url="https://localhost",
            headers={"Referer": "https://localhost/admin/login"},
            data={"csrf_token": token, "username": "ada", "password": PASSWORD},
        )
        assert answer.status_code == 303
        cookie = answer.headers["Set-Cookie"]
        assert re.fullmatch(r"__Secure-chatterkeep_staff=[\w.-]+; Secure; HttpOnly; Path=/admin; SameSite=Lax", cookie)


@pytest.mark.parametrize("token", ["", "made-up", None])
def test_a_form_that_is_not_ours_logs_nobody_in(stranger: Desk, ada: str, token: str | None) -> None:
    data = {"username": "ada", "password": PASSWORD} | ({} if token is None else {"csrf_token": token})
    answer = stranger.client.post(LOGIN, data=data)
    page = Page(answer.get_data(as_text=True))
    assert (answer.status_code, page.alert, page.value("username")) == (400, EXPIRED, "ada")
    fresh = {**data, "csrf_token": page.value("csrf_token")}
    assert stranger.client.post(LOGIN, data=fresh).status_code == 303


def test_a_form_on_another_site_logs_nobody_in(stranger: Desk, ada: str) -> None:
    data = {"csrf_token": stranger.token(), "username": "ada", "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert stranger.client.post(LOGIN, data=data, headers=headers).status_code == 403


def test_logging_out_ends_the_login(desk: Desk, services: Services) -> None:
    answer = desk.submit("/admin/logout")
    assert (answer.status_code, answer.location) == (303, LOGIN)
    assert desk.client.get(LIST).status_code == 303
    assert entries(services)[-1] == ("ada", "logout", "ada", "")


def test_a_link_or_a_foreign_form_logs_nobody_out(desk: Desk) -> None:
    assert desk.client.get("/admin/logout").status_code == 405
    assert desk.client.post("/admin/logout").status_code == 400
    assert desk.client.get(LIST).status_code == 200


class TestThrottled:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return make_settings(data_dir=settings.data_dir, limit_login="3/minute")

    def test_after_a_few_attempts_even_the_right_password_has_to_wait(self, stranger: Desk, ada: str) -> None:
        for _ in range(3):
            stranger.log_in("ada", "wrong")
        answer = stranger.log_in()
        wait = answer.headers["Retry-After"]
        page = Page(answer.get_data(as_text=True))
        assert answer.status_code == 429
        assert 1 <= int(wait) <= 60
        assert page.alert == f"Too many attempts. Try again in {wait} seconds."
        assert page.value("username") == "ada"

    def test_one_account_is_protected_from_many_addresses(self, stranger: Desk, ada: str) -> None:
        token = stranger.token()
        data = {"csrf_token": token, "username": "ada", "password": "wrong"}
        answers = [
            stranger.client.post(LOGIN, data=data, environ_base={"REMOTE_ADDR": f"192.0.2.{i}"}) for i in range(4)
        ]
        assert [answer.status_code for answer in answers] == [422, 422, 422, 429]

    def test_many_accounts_are_protected_from_one_address(self, stranger: Desk, ada: str) -> None:
        assert [stranger.log_in(name, "wrong").status_code for name in "wxyz"] == [422, 422, 422, 429]


def test_what_was_typed_is_counted_under_a_keyed_hash(
    stranger: Desk, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People type passwords where the name belongs, and Redis may be somebody else's."""
    counted: list[str] = []
    monkeypatch.setattr(Limiting, "login", lambda _, name: counted.append(name))
    stranger.log_in(PASSWORD, "")
    stranger.log_in(f" {PASSWORD.upper()} ", "")
    assert len(counted) == 2
    assert len(set(counted)) == 1
    assert re.fullmatch(r"[0-9a-f]{64}", counted[0])
