"""/admin/knowledge: documents are seen by whoever may log in, and changed by administrators."""

from io import BytesIO

import pytest
from flask import Flask

from chatterkeep.domain.audit import Action
from chatterkeep.domain.staff import Role
from chatterkeep.services.knowledge import PAGE
from chatterkeep.services.wiring import Services
from tests import databases
from tests.documents import HOURS, add_document
from tests.make import NOW, PASSWORD
from tests.web.admin.desk import Desk, entries
from tests.xss import PAYLOADS

DOCUMENTS = "/admin/knowledge"


@databases.both
def test_a_typed_text_becomes_a_document_with_its_passages(desk: Desk, services: Services) -> None:
    answer = desk.submit(DOCUMENTS, title="", text=HOURS)
    assert answer.status_code == 303
    page = desk.open(answer.location)
    assert "Opening hours" in page.html
    assert "We are closed on Sundays" in page.html
    assert "2 passages" in page.html
    assert entries(services)[-1][:2] == ("ada", Action.DOCUMENT_ADDED.value)


def test_a_file_becomes_one_and_a_changed_one_takes_its_place(desk: Desk) -> None:
    for text in (HOURS, HOURS.replace("Sundays", "Mondays")):
        file = (BytesIO(text.encode()), "hours.md")
        fields = {"csrf_token": desk.token(), "title": "", "text": "", "file": file}
        assert desk.client.post(DOCUMENTS, data=fields).status_code == 303
    page = desk.open(DOCUMENTS)
    assert "1 document," in page.html
    assert "hours.md" in page.html


def test_a_long_text_is_taken(desk: Desk) -> None:
    assert desk.submit(DOCUMENTS, title="Long", text="All words of this are short. " * 10_000).status_code == 303


@pytest.mark.parametrize("content", [b"\xff\xfe", b"PK\x03\x04\0\0", b"", b"  \n"])
def test_a_file_that_is_no_text_is_refused_with_the_reason(desk: Desk, content: bytes) -> None:
    fields = {"csrf_token": desk.token(), "title": "Kept", "file": (BytesIO(content), "x.md")}
    answer = desk.client.post(DOCUMENTS, data=fields)
    assert (answer.status_code, 'value="Kept"' in answer.text) == (422, True)


def test_what_was_typed_comes_back_where_it_cannot_be_taken(desk: Desk) -> None:
    answer = desk.submit(DOCUMENTS, title="Only a title", text="   ")
    assert (answer.status_code, 'value="Only a title"' in answer.text) == (422, True)


@databases.both
def test_a_question_shows_the_passages_that_fit(desk: Desk, services: Services) -> None:
    add_document(services)
    page = desk.open(DOCUMENTS, q="Are you open on Sunday?")
    assert "it holds 100% of the question" in page.html
    link = page.all("a", href=f"{DOCUMENTS}/passages/{services.knowledge.ask('sunday')[0].place.id}")[0]["href"]
    assert desk.client.get(link).location.endswith("#p-1")
    assert "No passage has a word" in desk.open(DOCUMENTS, q="Zanzibar").html


@databases.both
def test_a_removed_document_is_gone(desk: Desk, services: Services) -> None:
    added = add_document(services)
    here = f"{DOCUMENTS}/{added.document.id}"
    assert desk.submit(f"{here}/remove").status_code == 303
    desk.open(here, status=404)
    assert desk.submit(f"{here}/remove").status_code == 404
    assert Action.DOCUMENT_REMOVED.value in [what for _, what, _, _ in entries(services)]


@databases.both
def test_long_lists_have_pages(desk: Desk, services: Services) -> None:
    for number in range(PAGE + 1):
        add_document(services, title=f"Number {number}", origin=f"{number}.md", text=f"Text of number {number}.")
    first = desk.open(DOCUMENTS)
    assert "Number 0<" not in first.html
    assert "Number 0<" in desk.open(first.all("a", rel="next")[0]["href"]).html


def test_a_form_that_is_not_ours_changes_nothing(desk: Desk, services: Services) -> None:
    assert desk.client.post(DOCUMENTS, data={"title": "x", "text": "y"}).status_code == 400
    assert services.knowledge.browse() == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT])
def test_others_read_and_change_nothing(app: Flask, services: Services, role: Role) -> None:
    added = add_document(services)
    services.staff.create("vera", PASSWORD, role, NOW)
    desk = Desk(app.test_client())
    assert desk.log_in("vera").status_code == 303
    assert "Add a document" not in desk.open(DOCUMENTS).html
    assert "Remove" not in desk.open(f"{DOCUMENTS}/{added.document.id}").html
    assert desk.submit(DOCUMENTS, title="x", text="y").status_code == 403
    assert desk.submit(f"{DOCUMENTS}/{added.document.id}/remove").status_code == 403


def test_markup_stays_text(desk: Desk, services: Services) -> None:
    payloads = "\n\n".join(PAYLOADS)
    added = add_document(services, title=PAYLOADS[0], origin=PAYLOADS[1], text=f"# {PAYLOADS[0]}\n\n{payloads}")
    for path in (DOCUMENTS, f"{DOCUMENTS}/{added.document.id}", f"{DOCUMENTS}?q=alert"):
        assert "<script>alert" not in desk.client.get(path).text
