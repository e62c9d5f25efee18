"""/admin/search: messages by their words."""

import re
from urllib.parse import quote_plus, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from chatterkeep.domain.audit import Action
from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.make import NAME, PASSWORD, SONG, Clock, make_settings
from tests.pages import Page
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, Desk, entries, step
from tests.xss import PAYLOADS

SEARCH = "/admin/search"


def marked(page: Page) -> list[str]:
    return re.findall(r"<mark>([^<]*)</mark>", page.html)


def found(page: Page) -> list[str]:
    """The addresses of the messages that were found, from the top."""
    return [tag["href"] for tag in page.all("a") if "#m-" in tag["href"]]


def test_an_empty_box_explains_itself_and_nothing_is_searched(desk: Desk, services: Services) -> None:
    page = desk.open(SEARCH)
    assert "Whole words, all of which must occur." in page.html
    assert (found(page), page.value("q")) == ([], "")
    assert Action.SEARCHED.value not in [what for _, what, _, _ in entries(services)]


@databases.both
def test_a_hit_shows_who_when_and_the_words_and_leads_to_its_line(desk: Desk, talk: Talk) -> None:
    conversation = talk("hello", NAME, SONG, phone="+14155550142")
    page = desk.open(SEARCH, q=SONG.upper())
    assert marked(page) == [*SONG.split(), *SONG.split()]
    assert len(found(page)) == 2
    assert "+1 *******142" in page.html
    assert "5550142" not in page.html
    line = found(page)[1]
    assert line.startswith(f"{LIST}/{conversation}?before=105&back=")
    assert line.endswith("#m-5")
    read = desk.open(line.partition("#")[0])
    assert SONG in read.messages
    assert read.all("a", href=f"{SEARCH}?q={quote_plus(SONG.upper())}")


@databases.both
def test_what_was_said_a_moment_ago_is_found(desk: Desk, talk: Talk) -> None:
    talk("hello")
    assert len(found(desk.open(SEARCH, q="hello"))) == 1
    talk("hello")
    assert len(found(desk.open(SEARCH, q="hello"))) == 2


def test_notes_are_found_and_say_that_they_are(desk: Desk, talk: Talk, engine_of_app: Engine) -> None:
    talk("hello")
    assert "Internal note" not in desk.open(SEARCH, q="hello").html
    with engine_of_app.begin() as connection:
        connection.execute(text("UPDATE messages SET kind = 'note' WHERE seq = 1"))
    assert desk.open(SEARCH, q="hello").html.count("Internal note") == 1


@databases.both
def test_pages_of_fifty_lead_to_the_oldest_hit_once_each(desk: Desk, talk: Talk) -> None:
    known = [talk("hello", "marmalade") for _ in range(60)]
    pages = [desk.open(SEARCH, q="marmalade favorite")]
    while older := step(pages[-1], "next"):
        pages.append(desk.open(older))
    assert [len(found(page)) for page in pages] == [50, 10]
    assert [link[len(LIST) + 1 :].partition("?")[0] for page in pages for link in found(page)] == known[::-1]
    assert step(pages[1], "prev") == f"{SEARCH}?q=marmalade+favorite"


def test_a_place_is_good_for_its_own_search_only(desk: Desk, talk: Talk) -> None:
    for _ in range(51):
        talk("hello")
    older = step(desk.open(SEARCH, q="hello"), "next") or ""
    for bad in (older.replace("hello", "name"), f"{older}x", f"{SEARCH}?q=hello&before=1", f"{SEARCH}?q=a&before=%00"):
        assert "not a place in these hits" in desk.open(bad, 422).alert, bad


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("--", "no word"), ("-hello", "must not occur"), ("x" * 201, "at most 200"), ("\0", "no characters")],
)
def test_a_search_without_a_word_is_explained_and_nothing_is_lost(desk: Desk, typed: str, reason: str) -> None:
    page = desk.open(f"{SEARCH}?{urlencode({'q': typed})}", 422)
    assert reason in page.alert
    assert page.value("q") == typed


def test_nothing_found_says_so(desk: Desk, talk: Talk) -> None:
    talk("hello")
    assert "Nothing found." in desk.open(SEARCH, q="nowhere").html


INJECTIONS = [
    *("' OR '1'='1", "'; DROP TABLE words; --", '" OR ""="', "1) UNION SELECT password_hash FROM staff", "\\' OR 1=1"),
    *("hel*", "hel%", "h_llo", "hello NEAR(name, 2)", "body:hello", "^hel", "hello AND nowhere", "NOT hello x"),
    *("{hello nowhere}", "(hello)nowhere", "hello\u2019 OR \u20181\u2019=\u20181", "admin'/*", "%00x", "$where: '1'"),
    *("hello)) OR ((1", "'||pg_sleep(5)||'", "hello;SELECT pg_sleep(5)", "{{7*7}} x", "${7*7} x", "../../etc/passwd"),
]


@databases.both
def test_a15_nothing_that_is_typed_means_anything_to_the_database(desk: Desk, talk: Talk, services: Services) -> None:
    """Operators and injections are words like others: they find what holds them, letter by letter, and no more."""
    talk("hello", NAME)
    for typed in (*INJECTIONS, *PAYLOADS):
        answer = desk.client.get(SEARCH, query_string={"q": typed[:200]})
        assert answer.status_code in (200, 422), typed
        assert found(Page(answer.text)) == [], typed
    assert services.staff.accounts()


def test_what_a_person_wrote_runs_nowhere(desk: Desk, talk: Talk) -> None:
    for payload in PAYLOADS:
        talk(f"{payload[:1000]} marmalade")
    page = desk.open(SEARCH, q="marmalade")
    assert len(found(page)) == 50
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "link", "body", "a", "header", "div", "svg", "path", "rect", "span", "nav"),
        *("form", "input", "button", "main", "h1", "h2", "label", "p", "q", "b", "ol", "li", "bdi", "time", "mark"),
    }


def test_the_audit_knows_that_somebody_searched_and_not_for_what(desk: Desk, talk: Talk, services: Services) -> None:
    talk("hello", NAME)
    desk.open(SEARCH, q=f'{NAME} "what is" -nowhere')
    assert entries(services)[-1] == ("ada", "messages.searched", "", "3 words or phrases, 1 shown")


def test_an_index_by_other_rules_says_how_to_mend_it(desk: Desk, talk: Talk, app: Flask, services: Services) -> None:
    talk("hello")
    desk.open(SEARCH, q="hello")
    next(services.indexing.empty())
    assert "flask search rebuild" in desk.open(SEARCH, q="hello").html


def test_strangers_are_asked_to_log_in(stranger: Desk) -> None:
    answer = stranger.client.get(SEARCH, query_string={"q": NAME})
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/admin/login")


class TestOff:
    """With the search turned off."""

    @pytest.fixture
    def settings(self, data_dir: str) -> Settings:
        return make_settings(data_dir=data_dir, search="off")  # type: ignore[arg-type]

    def test_the_page_says_so_and_nothing_is_indexed(self, desk: Desk, talk: Talk, services: Services) -> None:
        talk("hello")
        services.indexing.start()
        assert list(services.indexing.fill()) == []
        page = desk.open(SEARCH, q="hello")
        assert "The search is turned off here" in page.html
        assert page.all("input", name="q") == []
        assert services.indexing.waiting() == 1


def test_a_viewer_may_search(client: FlaskClient, services: Services, clock: Clock, talk: Talk) -> None:
    services.staff.create("vera", PASSWORD, Role.VIEWER, clock())
    talk("hello")
    desk = Desk(client)
    desk.log_in("vera")
    assert len(found(desk.open(SEARCH, q="hello"))) == 1
