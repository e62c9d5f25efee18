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
    assert "It holds 100% of the question" in page.html
    links = page.all("a", href=f"{DOCUMENTS}/passages/{services.knowledge.ask('sunday')[0].place.id}")
    assert len(links) == 3  # in what is said, below it, and at what a model is given
    assert desk.client.get(links[0]["href"]).location.endswith("#p-1")


@databases.both
def test_a_question_shows_first_what_is_said_to_it(desk: Desk, services: Services) -> None:
    add_document(services)
    nothing = desk.open(DOCUMENTS, q="Zanzibar").html
    assert "That nothing was found." in nothing
    assert "No passage fits this question." in nothing
    partly = desk.open(DOCUMENTS, q="delivery zeppelin quagga").html
    assert "That nothing was found." in partly
    assert "It holds 33% of the question" in partly


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


@databases.both
@pytest.mark.parametrize("after", ["%00", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_place_in_the_list_that_is_none_is_not_there(desk: Desk, after: str) -> None:
    assert desk.client.get(f"{DOCUMENTS}?after={after}").status_code == 404


def test_a_full_page_leads_nowhere_where_there_are_no_others(desk: Desk, services: Services) -> None:
    for number in range(PAGE):
        add_document(services, title=f"Number {number}", origin=f"{number}.md", text=f"Text of number {number}.")
    assert not desk.open(DOCUMENTS).all("a", rel="next")


@databases.both
def test_what_was_typed_is_corrected_in_its_place(desk: Desk, services: Services) -> None:
    here = desk.submit(DOCUMENTS, title="Hours", text=HOURS, language="en").location.partition("?")[0]
    form = desk.open(f"{here}/edit")
    assert "We are closed on Sundays" in form.html
    assert "4.90 euros.\nLarge" in form.html.replace("\r", "")
    text = HOURS.replace("Sundays", "Mondays")
    saved = desk.submit(f"{here}/edit", title="Hours", text=text)
    assert saved.status_code == 303
    assert "Saved. It takes the place" in desk.open(saved.location).html
    (document,) = services.knowledge.browse()
    assert [place.heading for place in services.knowledge.passages_of(document.id)] == [
        "Opening hours",
        "Opening hours > Deliveries",
    ]
    changes = [what for _, what, _, _ in entries(services) if what.startswith("document.")]
    assert changes == [Action.DOCUMENT_ADDED.value, Action.DOCUMENT_REPLACED.value]
    desk.open(f"{here}/edit", status=404)
    assert desk.submit(f"{here}/edit", title="Hours", text="Gone").status_code == 404


def test_what_cannot_be_saved_comes_back_in_the_form(desk: Desk, services: Services) -> None:
    added = add_document(services, origin="typed")
    answer = desk.submit(f"{DOCUMENTS}/{added.document.id}/edit", title="Kept", text="  ")
    assert (answer.status_code, 'value="Kept"' in answer.text) == (422, True)


def test_what_came_from_a_file_is_changed_by_the_file(desk: Desk, services: Services) -> None:
    added = add_document(services)
    assert "/edit" not in desk.open(f"{DOCUMENTS}/{added.document.id}").html
    desk.open(f"{DOCUMENTS}/{added.document.id}/edit", status=404)


def test_a_title_that_is_taken_is_told_before_there_are_two(desk: Desk, services: Services) -> None:
    first = desk.submit(DOCUMENTS, title="Hours", text="We are open.")
    assert "Added." in desk.open(first.location).html
    again = desk.submit(DOCUMENTS, title="Hours", text="We are closed.")
    assert (again.status_code, "There is a document of this title already." in again.text) == (422, True)
    assert first.location.partition("?")[0] in again.text
    assert desk.submit(DOCUMENTS, title="Hours", text="We are closed.", anyway="yes").status_code == 303
    assert len(services.knowledge.browse()) == 2


def test_a_text_beside_a_file_is_not_lost(desk: Desk) -> None:
    file = (BytesIO(HOURS.encode()), "hours.md")
    fields = {"csrf_token": desk.token(), "title": "", "text": "Typed, too.", "file": file}
    answer = desk.client.post(DOCUMENTS, data=fields)
    assert (answer.status_code, "not both" in answer.text, "Typed, too." in answer.text) == (422, True, True)


def test_a_language_can_be_told(desk: Desk, services: Services) -> None:
    desk.submit(DOCUMENTS, title="Menu", text="Pizza, pasta.", language="it")
    assert [document.language for document in services.knowledge.browse()] == ["it"]
    assert desk.submit(DOCUMENTS, title="Wine", text="Barolo.", language="italian").status_code == 422


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
