"""/admin/conversations: the list."""

import re
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, event

from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import NAME, Clock, make_phone
from tests.pages import Page
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, Desk, links, people, step

PHONE = "+14155550142"


def shown(page: Page) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.html).split())


def test_an_empty_list_says_what_will_come(desk: Desk) -> None:
    assert "No conversations yet." in desk.open(LIST).html


@databases.both
def test_a_row_shows_who_what_and_where_it_stands(desk: Desk, talk: Talk) -> None:
    talk("hello", NAME, phone=PHONE)
    row = shown(desk.open(LIST)).partition("Last message ")[2]
    assert f"Hello {NAME}, what is your favorite song?" in row
    assert "+1 *******142" in row
    for word in ("Open", "AWAITING_SONG", "greeting", "Bot", "SMS", " 4 ", "14 Mar, 15:09 UTC"):
        assert word in row


def test_the_newest_message_comes_first(desk: Desk, talk: Talk) -> None:
    first, second = make_phone(), make_phone()
    talk("hello", phone=first)
    talk("hello", phone=second)
    talk(NAME, phone=first)
    assert people(desk.open(LIST)) == [PhoneNumber(phone).masked for phone in (first, second)]


def test_whoever_came_by_page_is_a_visitor_who_claims_a_number(desk: Desk, services: Services) -> None:
    page = desk.client.post("/", data={"phone": PHONE}).location
    desk.client.post(f"{page}/messages", data={"text": "hello"})
    assert people(desk.open(LIST)) == ["Web visitor +1 *******142"]


def test_no_page_shows_a_whole_number_or_runs_what_a_person_wrote(desk: Desk, talk: Talk) -> None:
    talk("hello", "<script>alert(1)</script>", phone=PHONE)
    page = desk.open(LIST, phone="(415) 555-0142")
    assert len(links(page)) == 1
    assert "&lt;script&gt;" in page.html
    assert "5550142" not in page.html.replace("(415) 555-0142", "")


def test_a_long_message_is_cut_to_a_line(desk: Desk, talk: Talk) -> None:
    talk("hello", "wide \n " * 40)
    cut = re.search(r'"snippet"><bdi>([^<]*)', desk.open(LIST).html)
    assert cut
    assert len(cut[1]) <= 80
    assert cut[1].endswith("…")


@pytest.mark.parametrize(
    "spelling", ["+1 415 555 0142", "(415) 555-0142", "415.555.0142", "0014155550142", "\uff14\uff11\uff155550142"]
)
def test_a_number_is_found_in_any_spelling(desk: Desk, talk: Talk, spelling: str) -> None:
    talk("hello", phone=PHONE)
    talk("hello")
    assert people(desk.open(LIST, phone=spelling)) == ["+1 *******142"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "no number"),
        ("phone", "1" * 500),
        ("phone", "<b>"),
        ("state", "NOWHERE"),
        ("flow", "' OR 1=1 --"),
        ("status", "gone"),
        ("owner", "😀"),
        ("channel", "pigeon"),
        ("since", "2026-02-30"),
        ("since", "yesterday"),
        ("until", "10000-01-01"),
        ("until", "9999-12-31"),
        ("until", "2026-W01-1"),
    ],
)
def test_a_filter_that_cannot_be_used_is_explained_and_nothing_is_lost(desk: Desk, field: str, value: str) -> None:
    query = urlencode({"since": "2026-01-01", "state": "COMPLETE", field: value})
    page = desk.open(f"{LIST}?{query}", 422)
    assert page.alert.count(".") >= 1
    assert len(page.alert) < 200
    kept = {tag["name"]: tag.get("value", "") for tag in page.all("input") if "name" in tag}
    chosen = [tag["value"] for tag in page.all("option") if "selected" in tag]
    assert value[:200] in (kept.get(field, ""), *chosen)
    assert field == "since" or kept["since"] == "2026-01-01"
    assert field == "state" or "COMPLETE" in chosen
    assert links(page) == []


def test_days_in_the_wrong_order_are_told(desk: Desk) -> None:
    page = desk.open(LIST, 422, since="2026-03-02", until="2026-03-01")
    assert page.alert == "The last day is before the first one."


def test_what_is_nothing_but_control_characters_is_no_filter(desk: Desk, talk: Talk) -> None:
    talk("hello")
    assert len(links(desk.open(f"{LIST}?phone=%00%01&state=%0a"))) == 1


def test_each_filter_narrows_the_list(desk: Desk, talk: Talk, clock: Clock) -> None:
    talk("hello", NAME, "song", phone=PHONE)
    clock.forward(days=1)
    talk("hello")
    desk.log_in()
    for one in (
        {"state": "COMPLETE"},
        {"status": "complete"},
        {"until": "2026-03-14"},
        {"since": "2026-03-14", "until": "2026-03-14"},
        {"phone": PHONE, "state": "COMPLETE", "flow": "greeting", "owner": "bot", "channel": "sms"},
    ):
        assert people(desk.open(f"{LIST}?{urlencode(one)}")) == ["+1 *******142"], one
    for both in ({"flow": "greeting"}, {"owner": "bot"}, {"channel": "sms"}, {"since": "2026-03-14"}, {"phone": " "}):
        assert len(links(desk.open(f"{LIST}?{urlencode(both)}"))) == 2, both
    for none in ({"flow": "support"}, {"owner": "human"}, {"channel": "web"}, {"until": "2026-03-13"}):
        page = desk.open(f"{LIST}?{urlencode(none)}")
        assert "No conversation matches." in page.html, none


@databases.both
def test_pages_of_fifty_lead_to_the_oldest_and_back(desk: Desk, talk: Talk) -> None:
    known = [talk("hello") for _ in range(120)][::-1]
    pages = [desk.open(LIST)]
    while older := step(pages[-1], "next"):
        pages.append(desk.open(older))
    assert [len(links(page)) for page in pages] == [50, 50, 20]
    assert [link[len(LIST) + 1 :].partition("?")[0] for page in pages for link in links(page)] == known
    newer = desk.open(step(pages[2], "prev") or "")
    assert people(newer) == people(pages[1])
    first = desk.open(step(newer, "prev") or "")
    assert (people(first), step(first, "prev")) == (people(pages[0]), None)


def test_messages_that_come_while_somebody_pages_move_nothing(desk: Desk, talk: Talk) -> None:
    known = [talk("hello") for _ in range(60)][::-1]
    older = step(desk.open(LIST), "next")
    for _ in range(10):
        talk("hello")
    assert [link.split("/")[3].partition("?")[0] for link in links(desk.open(older or ""))] == known[50:]


def test_the_way_back_to_the_newest_page_shows_what_came_meanwhile(desk: Desk, talk: Talk) -> None:
    for _ in range(55):
        talk("hello")
    second = desk.open(step(desk.open(LIST), "next") or "")
    talk("hello", NAME, phone=PHONE)
    first = desk.open(step(desk.open(step(second, "prev") or ""), "prev") or "")
    assert (people(first)[0], len(links(first))) == ("+1 *******142", 50)


def test_older_pages_keep_the_filters(desk: Desk, talk: Talk) -> None:
    for _ in range(51):
        talk("hello")
    older = step(desk.open(LIST, state="AWAITING_NAME", flow="greeting"), "next") or ""
    assert "state=AWAITING_NAME&flow=greeting" in older
    assert len(links(desk.open(older))) == 1


def test_a_cursor_is_good_for_its_own_list_only(desk: Desk, talk: Talk) -> None:
    for _ in range(51):
        talk("hello")
    older = step(desk.open(LIST), "next") or ""
    for bad in (
        f"{older}&state=AWAITING_NAME",
        f"{older}x",
        f"{LIST}?before=1",
        f"{LIST}?after=WzEsMV0.x",
        f"{LIST}?after=%00",
    ):
        assert "not a place in this list" in desk.open(bad, 422).alert, bad


@databases.both
def test_a_page_of_the_list_takes_at_most_five_statements_besides_the_audit(
    desk: Desk, talk: Talk, engine_of_app: Engine
) -> None:
    for _ in range(55):
        talk("hello", NAME)
    second = desk.open(step(desk.open(LIST), "next") or "")
    for address in (LIST, step(second, "prev") or "", f"{LIST}?phone=4155550142&channel=sms&state=COMPLETE"):
        seen: list[str] = []
        listener = partial(_note, seen)
        event.listen(engine_of_app, "before_cursor_execute", listener)
        desk.open(address)
        event.remove(engine_of_app, "before_cursor_execute", listener)
        assert 2 <= len(seen) <= 5, seen


def _note(seen: list[str], *told: Any) -> None:
    if not told[2].startswith("BEGIN") and " audit" not in told[2] and "advisory" not in told[2]:
        seen.append(told[2])
