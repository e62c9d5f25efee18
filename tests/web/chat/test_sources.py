"""Below an answer stand its sources, and each opens its passage: for this page, and for nobody else's."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chatterkeep.services.threads import PAGE
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.documents import ADA, add_document
from tests.make import NOW, make_payload, make_phone, make_settings
from tests.pages import Page
from tests.web.chat.visitor import Visitor
from tests.xss import PAYLOADS

pytestmark = databases.both


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url, flow="assistant")


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client, make_phone()).start()


def answered(visitor: Visitor, question: str = "Are you open on Sunday?") -> Page:
    visitor.post(f"{visitor.address}/messages", text=question)
    return visitor.page()


def addresses(page: Page) -> list[str]:
    return re.findall(r'href="([^"]*/passages/[^"]*)"', page.html)


def test_an_answer_names_its_source_in_the_bubble_and_below_it(visitor: Visitor, services: Services) -> None:
    add_document(services)
    page = answered(visitor)
    inside, below = addresses(page)
    assert inside == below
    assert "Sources: " in page.html
    passage = visitor.page(below)
    assert "We are closed on Sundays and on public holidays." in passage.html
    assert passage.all("a", href=f"{visitor.address}#m-1-2")


def test_a_passage_leads_back_among_earlier_messages(visitor: Visitor, services: Services) -> None:
    add_document(services)
    answered(visitor)
    for number in range(PAGE // 2 + 2):
        visitor.post(f"{visitor.address}/messages", text=f"Zanzibar {number}?")
    passage = visitor.page(addresses(visitor.page(f"{visitor.address}?before=1.5"))[0].replace("&amp;", "&"))
    assert [link["href"] for link in passage.all("a") if "#" in link["href"]][
        -1
    ] == f"{visitor.address}?before=1.5#m-1-2"


def test_a_passage_that_is_opened_by_its_bare_address_leads_to_the_page(visitor: Visitor, services: Services) -> None:
    add_document(services)
    bare = addresses(answered(visitor))[0].partition("?")[0]
    assert visitor.page(bare).all("a", href=visitor.address)
    assert visitor.page(f"{bare}?at=<script>").all("a", href=visitor.address)


def test_a_passage_that_is_not_cited_here_is_not_there(visitor: Visitor, services: Services) -> None:
    added = add_document(services)
    _, other = services.knowledge.passages_of(added.document.id)
    answered(visitor)
    assert visitor.client.get(f"{visitor.address}/passages/{other.id}").status_code == 404


def test_the_source_of_another_page_is_not_there(visitor: Visitor, services: Services, client: FlaskClient) -> None:
    add_document(services)
    passage = addresses(answered(visitor))[0].partition("?")[0].rpartition("/")[2]
    stranger = Visitor(client, make_phone()).start()
    assert client.get(f"{stranger.address}/passages/{passage}").status_code == 404


def test_what_was_removed_since_is_said_to_be_gone(visitor: Visitor, services: Services) -> None:
    added = add_document(services)
    address = addresses(answered(visitor))[0]
    services.knowledge.remove(added.document.id, ADA, NOW)
    answer = visitor.client.get(address)
    assert (answer.status_code, "This source is gone" in answer.text) == (410, True)


def test_programs_are_told_the_sources_too(client: FlaskClient, services: Services) -> None:
    add_document(services)
    asked = client.post("/chat", json=make_payload(message="Are you open on Sunday?")).json
    assert asked
    assert [(source["number"], source["title"]) for source in asked["sources"]] == [(1, "Opening hours")]
    shown = client.get(f"/chat/replies/{asked['reply_id']}").json
    assert shown
    assert shown["sources"] == asked["sources"]


def test_markup_in_a_document_stays_text(visitor: Visitor, services: Services) -> None:
    payloads = [payload for payload in PAYLOADS if "\0" not in payload][:40]
    text = f"# Sunday {payloads[0]}\n\n" + "\n\n".join(f"Sunday {payload}" for payload in payloads)
    add_document(services, title=f"Sunday {payloads[1]}", text=text)
    page = answered(visitor, "Sunday?")
    for html in (page.html, visitor.page(addresses(page)[0]).html):
        assert "<script>alert" not in html
        assert not re.search(r"<(img|svg|iframe|object|embed|style|form)\b[^>]*(evil|alert)", html)
