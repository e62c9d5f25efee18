"""/admin/login/code and /admin/account: a second factor, from its set-up to its end, and one's own password."""

import re
from datetime import datetime
from urllib.parse import unquote

import pyotp
import pytest
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.admin.login import EXPIRED, WRONG, WRONG_CODE
from tests import databases
from tests.make import PASSWORD, Clock, make_settings
from tests.pages import Page
from tests.web.admin.desk import LIST, LOGIN, Desk, entries

ACCOUNT = "/admin/account"
FACTOR = f"{ACCOUNT}/second-factor"
CODE = f"{LOGIN}/code"
NEW_PASSWORD = f"{PASSWORD}-renewed"


def secret_of(page: Page) -> str:
    """The secret, as its owner reads it."""
    return re.search(r'class="secret">([A-Z2-7 ]+)<', page.html)[1].replace(" ", "")


def code_at(secret: str, now: datetime) -> str:
    return str(pyotp.TOTP(secret).at(now))


def post(desk: Desk, page: str, path: str, **fields: str) -> TestResponse:
    """Send a form of a page with the token that it holds."""
    token = desk.open(page).value("csrf_token")
    return desk.client.post(path, data={"csrf_token": token, **fields})


@pytest.fixture
def secret(desk: Desk, clock: Clock) -> str:
    """Ada's second factor, which she has just set up."""
    assert post(desk, ACCOUNT, FACTOR, password=PASSWORD).location == FACTOR
    secret = secret_of(desk.open(FACTOR))
    answer = post(desk, FACTOR, f"{FACTOR}/confirm", code=code_at(secret, clock()))
    assert (answer.status_code, answer.location) == (303, f"{ACCOUNT}?done=on")
    clock.forward(minutes=5)
    return secret


@pytest.fixture
def other(desk: Desk) -> Desk:
    """Another browser."""
    return Desk(desk.client.application.test_client())


@databases.both
def test_it_is_set_up_with_a_secret_as_text_and_picture_and_a_code(
    desk: Desk, clock: Clock, services: Services
) -> None:
    post(desk, ACCOUNT, FACTOR, password=PASSWORD)
    page = desk.open(FACTOR)
    secret = secret_of(page)
    assert len(secret) == 32
    assert page.all("a", href=f"otpauth://totp/ChatterKeep:ada?secret={secret}&issuer=ChatterKeep")
    picture = unquote(page.all("img", **{"class": "qr"})[0]["src"])
    assert picture.startswith("data:image/svg+xml")
    assert "style" not in picture
    assert Page(post(desk, FACTOR, f"{FACTOR}/confirm", code="000000").text).alert.startswith("This is not the code")
    assert secret_of(desk.open(FACTOR)) == secret
    post(desk, FACTOR, f"{FACTOR}/confirm", code=code_at(secret, clock()))
    assert "Your second factor is on." in desk.open(ACCOUNT, done="on").html
    assert services.staff.accounts()[0].second_factor
    assert entries(services)[1:] == [("ada", "account.second_factor_on", "ada", "")]


def test_nobody_gets_a_secret_without_the_password(desk: Desk) -> None:
    answer = post(desk, ACCOUNT, FACTOR, password="wrong")
    assert (answer.status_code, Page(answer.text).alert) == (
        422,
        "This is not your password, or your account is locked for a while.",
    )
    assert desk.client.get(FACTOR).location == ACCOUNT
    assert desk.client.post(f"{FACTOR}/confirm", data={"csrf_token": desk.token(), "code": "1"}).location == ACCOUNT


@databases.both
def test_after_the_password_the_code_is_asked_for(other: Desk, secret: str, clock: Clock, services: Services) -> None:
    answer = other.log_in(path=f"{LOGIN}?next={LIST}")
    assert (answer.status_code, answer.location) == (303, f"{CODE}?next={LIST}")
    assert other.client.get(LIST).status_code == 303
    assert other.client.get(ACCOUNT).status_code == 303
    page = other.open(answer.location)
    assert page.heading == "Your second factor"
    wrong = post(other, answer.location, page.all("form")[0]["action"], code="000000")
    assert (wrong.status_code, Page(wrong.text).alert) == (422, WRONG_CODE)
    answer = post(other, answer.location, page.all("form")[0]["action"], code=code_at(secret, clock()))
    assert (answer.status_code, answer.location) == (303, LIST)
    assert other.client.get(LIST).status_code == 200
    assert [entry[1] for entry in entries(services)[2:-1]] == ["login.begun", "login.failed", "login"]


def test_a_code_that_was_seen_over_a_shoulder_is_used_already(other: Desk, secret: str, clock: Clock) -> None:
    for status in (303, 422):
        other.client.delete_cookie("chatterkeep_staff", path="/admin")
        other.log_in()
        assert post(other, CODE, CODE, code=code_at(secret, clock())).status_code == status


def test_half_a_login_is_forgotten_after_five_minutes(other: Desk, secret: str, clock: Clock) -> None:
    other.log_in()
    token = other.open(CODE).value("csrf_token")
    clock.forward(minutes=5, seconds=1)
    data = {"csrf_token": token, "code": code_at(secret, clock())}
    answer = other.client.post(CODE, data=data)
    assert (answer.status_code, Page(answer.text).alert) == (400, EXPIRED)
    assert other.client.get(CODE).location == LOGIN


def test_without_the_password_there_is_no_page_for_the_code(stranger: Desk, ada: str) -> None:
    assert stranger.client.get(CODE).location == LOGIN


def test_a_half_login_leaves_nothing_of_the_session_before_it(other: Desk, secret: str, clock: Clock) -> None:
    """Nor does the whole one of the half: whoever planted a cookie knows neither."""
    planted = other.open(LOGIN).value("csrf_token")
    other.log_in()
    half = other.open(CODE).value("csrf_token")
    with other.client.session_transaction(path="/admin") as session:
        session["planted"] = "yes"
    post(other, CODE, CODE, code=code_at(secret, clock()))
    with other.client.session_transaction(path="/admin") as session:
        assert {"planted", "half"} & set(session) == set()
    for token in (planted, half):
        assert other.client.post("/admin/logout", data={"csrf_token": token}).status_code == 400


@databases.both
def test_a_locked_account_is_told_in_the_same_words(stranger: Desk, ada: str, clock: Clock) -> None:
    for _ in range(10):
        stranger.log_in("ada", "wrong")
    locked, unknown = (stranger.log_in(name) for name in ("ada", "bob"))
    assert (locked.status_code, Page(locked.text).alert) == (422, WRONG)
    assert _plain(locked, "ada") == _plain(unknown, "bob")
    clock.forward(minutes=15)
    assert stranger.log_in().status_code == 303


def _plain(answer: TestResponse, name: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text).replace(f'value="{name}"', "")


@databases.both
def test_a_new_password_ends_all_other_logins(desk: Desk, other: Desk, services: Services) -> None:
    other.log_in()
    assert other.client.get(LIST).status_code == 200
    answer = post(desk, ACCOUNT, ACCOUNT, old=PASSWORD, new=NEW_PASSWORD)
    assert answer.location == f"{ACCOUNT}?done=password"
    assert "Your password was changed" in desk.open(answer.location).html
    assert other.client.get(LIST).status_code == 303
    assert other.log_in(password=NEW_PASSWORD).status_code == 303
    assert ("ada", "account.password_changed", "ada", "") in entries(services)


@pytest.mark.parametrize(
    ("old", "new", "alert"),
    [
        ("wrong", NEW_PASSWORD, "This is not your password"),
        (PASSWORD, "short", "A password has 15 to 128 characters"),
        ("", "", "This is not your password"),
    ],
)
def test_a_password_that_cannot_be_changed_stays(desk: Desk, old: str, new: str, alert: str) -> None:
    answer = post(desk, ACCOUNT, ACCOUNT, old=old, new=new)
    assert answer.status_code == 422
    assert Page(answer.text).alert.startswith(alert)
    assert desk.client.get(LIST).status_code == 200
    assert desk.submit("/admin/logout").status_code == 303
    assert desk.log_in().status_code == 303


def test_it_is_taken_off_with_the_password(desk: Desk, other: Desk, secret: str, services: Services) -> None:
    assert post(desk, ACCOUNT, f"{FACTOR}/remove", password="wrong").status_code == 422
    assert post(desk, ACCOUNT, f"{FACTOR}/remove", password=PASSWORD).location == f"{ACCOUNT}?done=off"
    assert other.log_in().location == "/admin/"
    assert ("ada", "account.second_factor_off", "ada", "") in entries(services)


def test_the_page_says_since_when_one_is_logged_in(desk: Desk, clock: Clock) -> None:
    clock.forward(minutes=20)
    page = desk.open(ACCOUNT)
    assert "14 Mar, 15:09 UTC" in page.html
    assert "Logged in since" in page.html


class TestRequired:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return make_settings(data_dir=settings.data_dir, staff_totp="required")

    def test_who_has_none_is_led_to_set_it_up_and_gets_nothing_else(self, desk: Desk, clock: Clock) -> None:
        for path in (LIST, "/admin/", "/admin/audit", "/admin/audit.csv"):
            answer = desk.client.get(path)
            assert (answer.status_code, answer.location) == (303, ACCOUNT), path
        page = desk.open(ACCOUNT)
        assert "Here, everybody needs a second factor." in page.html
        desk.client.post(FACTOR, data={"csrf_token": page.value("csrf_token"), "password": PASSWORD})
        secret = secret_of(desk.open(FACTOR))
        post(desk, FACTOR, f"{FACTOR}/confirm", code=code_at(secret, clock()))
        assert desk.client.get(LIST).status_code == 200

    def test_it_cannot_be_taken_off(self, desk: Desk, secret: str) -> None:
        assert "Remove it" not in desk.open(ACCOUNT).html
        assert post(desk, ACCOUNT, f"{FACTOR}/remove", password=PASSWORD).status_code == 403

    def test_logging_out_is_always_possible(self, desk: Desk) -> None:
        assert post(desk, ACCOUNT, "/admin/logout").status_code == 303


class TestThrottled:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return make_settings(data_dir=settings.data_dir, limit_login="6/minute")

    def test_codes_and_passwords_are_asked_for_no_more_often_than_logins(self, desk: Desk) -> None:
        answers = [post(desk, ACCOUNT, FACTOR, password="wrong") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 6
        assert Page(answers[-1].text).alert.startswith("Too many attempts.")

    def test_after_a_few_codes_even_the_right_one_has_to_wait(
        self, other: Desk, secret: str, clock: Clock, services: Services
    ) -> None:
        """They are counted for the account, whatever address they come from."""
        other.log_in()
        token = other.open(CODE).value("csrf_token")

        def give(code: str, address: str) -> TestResponse:
            data = {"csrf_token": token, "code": code}
            return other.client.post(CODE, data=data, environ_base={"REMOTE_ADDR": address})

        for n in range(6):
            assert give("000000", f"192.0.2.{n}").status_code == 422
        before = len(services.audit.newest(100))
        answer = give(code_at(secret, clock()), "192.0.2.99")
        wait = answer.headers["Retry-After"]
        assert (answer.status_code, 1 <= int(wait) <= 60) == (429, True)
        assert Page(answer.text).alert == f"Too many attempts. Try again in {wait} seconds."
        assert other.client.get(LIST).status_code == 303
        assert len(services.audit.newest(100)) == before
