"""GET /sessions."""

from collections.abc import Callable

import pytest

from tests import databases
from tests.make import NAME, Clock, make_phone
from tests.web.sessions.api import Api, error

pytestmark = databases.both


def test_newest_activity_comes_first(api: Api, clock: Clock) -> None:
    ids = _open(api, clock, 3)
    clock.forward(seconds=1)
    api.say(ids[0], "still there?")
    assert [s["id"] for s in api.list()["sessions"]] == [ids[0], ids[2], ids[1]]


def test_pages_follow_each_other_without_gap_or_repeat(api: Api, clock: Clock) -> None:
    ids = _open(api, clock, 5)
    seen, cursor = [], {}
    for _ in range(3):
        page = api.list(limit=2, **cursor)
        seen += [s["id"] for s in page["sessions"]]
        cursor = {"cursor": page["next_cursor"]}
        _open(api, clock, 1)
    assert seen == ids[::-1]
    assert cursor == {"cursor": None}


def test_sessions_of_the_same_instant_are_all_listed(api: Api) -> None:
    ids = {api.open()["id"] for _ in range(3)}
    first = api.list(limit=2)
    second = api.list(limit=2, cursor=first["next_cursor"])
    assert {s["id"] for s in first["sessions"] + second["sessions"]} == ids


def test_a_session_is_listed_once_however_many_conversations_it_has(api: Api) -> None:
    session = api.open()
    api.close(session["id"])
    api.say(session["id"], "Once more")
    (listed,) = api.list()["sessions"]
    assert (listed["id"], listed["status"]) == (session["id"], "open")


def test_the_list_holds_no_text_and_no_whole_number(api: Api) -> None:
    phone = make_phone()
    api.call("POST", "/chat", json={"phone": phone, "message": NAME})
    response = api.call("GET", "/sessions")
    (listed,) = response.get_json()["sessions"]
    assert NAME not in response.get_data(as_text=True)
    assert phone[2:] not in response.get_data(as_text=True)
    assert (listed["phone"], listed["channel"]) == (f"+1 *******{phone[-3:]}", "sms")
    assert listed["phone_is_claimed"] is False
    assert "messages" not in listed


def test_a_number_typed_on_a_page_is_only_claimed(api: Api) -> None:
    page = api.call("POST", "/", data={"phone": make_phone()}).headers["Location"]
    assert api.list()["sessions"] == []
    api.call("POST", f"{page}/messages", data={"text": "hello"})
    (listed,) = api.list()["sessions"]
    assert (listed["channel"], listed["phone_is_claimed"]) == ("web", True)
    assert listed["phone"].startswith("+1 *")


def test_twenty_are_listed_unless_more_are_asked_for(api: Api, clock: Clock) -> None:
    _open(api, clock, 22)
    assert len(api.list()["sessions"]) == 20
    assert len(api.list(limit=100)["sessions"]) == 22
    assert len(api.list(limit=1)["sessions"]) == 1


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1e1", "many", "", "9" * 50])
def test_a_limit_out_of_range_is_refused(api: Api, limit: str) -> None:
    response = api.call("GET", "/sessions", query_string={"limit": limit})
    assert (response.status_code, error(response)["details"]) == (422, {"field": "limit"})


@pytest.mark.parametrize("spoil", [lambda c: "", lambda c: "x", lambda c: c[:-1], lambda c: "B" + c[1:], str.lower])
def test_a_cursor_that_is_not_ours_is_refused(api: Api, clock: Clock, spoil: Callable[[str], str]) -> None:
    _open(api, clock, 2)
    cursor = api.list(limit=1)["next_cursor"]
    response = api.call("GET", "/sessions", query_string={"cursor": spoil(cursor)})
    assert (response.status_code, error(response)["details"]) == (422, {"field": "cursor"})


def test_a_misspelt_question_is_refused(api: Api) -> None:
    response = api.call("GET", "/sessions", query_string={"offset": "20"})
    assert (response.status_code, error(response)["details"]) == (422, {"field": "offset"})


def test_only_a_reader_of_sessions_sees_the_list(api: Api, api_with: Callable[..., Api]) -> None:
    session = api.open()
    assert api_with("sessions:read").call("GET", "/sessions").status_code == 200
    assert api_with("sessions:write", "chat", "agent").call("GET", "/sessions").status_code == 403
    assert api.with_token(session["token"]).call("GET", "/sessions").status_code == 401


def _open(api: Api, clock: Clock, count: int) -> list[str]:
    ids = []
    for _ in range(count):
        clock.forward(seconds=1)
        ids.append(api.open()["id"])
    return ids
