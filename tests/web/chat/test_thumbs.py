"""The thumbs under an answer: forms that work without script, and answer htmx as a poll does."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from chatterkeep.domain.feedback import LONGEST_COMMENT
from chatterkeep.domain.messages import Capability, Inbound, TokenKind
from chatterkeep.domain.staff import Role
from chatterkeep.services.threads import PAGE
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.llm.server import LLM
from tests.make import NOW, PASSWORD, make_phone, make_settings
from tests.pages import Page
from tests.web.admin.desk import LIST, Desk, links
from tests.xss import PAYLOADS

HTMX = {"HX-Request": "true"}
UNKNOWN = "00000000-0000-4000-8000-000000000000.2"


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(tokens=4).running() as server:
        yield server


@pytest.fixture
def settings(data_dir: Path, fake: LLM) -> Settings:
    own = {"flow": "assistant", "openai_base_url": fake.url, "openai_api_key": "x", "answer_cache": 0}
    return make_settings(data_dir=data_dir, **own)


@pytest.fixture
def address(client: FlaskClient, services: Services) -> str:
    """A page on which one question was answered."""
    found: str = client.post("/", data={"phone": make_phone()}).location
    ask(services, found, "why")
    return found


def ask(services: Services, address: str, *texts: str) -> None:
    for text in texts:
        page = Capability(address.rpartition("/")[2], TokenKind.PAGE)
        outcome = services.turns.receive(Inbound(page, text), services.clock())
        assert outcome.generated
        services.replies.wait(outcome.generated, 10)


def thumbs(html: str) -> list[tuple[str, str, str]]:
    """The name, what is sent and the state of each thumb."""
    found = [button for button in Page(html).all("button") if button.get("name") == "verdict"]
    return [(button["aria-label"], button["value"], button["aria-pressed"]) for button in found]


def message(html: str) -> str:
    return Page(html).value("message")


def test_an_answer_has_thumbs_and_a_question_has_none(client: FlaskClient, address: str) -> None:
    page = client.get(address).text
    assert thumbs(page) == [("Helpful", "positive", "false"), ("Not helpful", "negative", "false")]
    assert page.count('role="group" aria-label="Was this answer helpful?"') == 1


def test_a_flow_of_fixed_texts_has_none_and_loads_nothing_for_them(data_dir: Path, client: FlaskClient) -> None:
    from chatterkeep.app import create_app  # noqa: PLC0415

    plain = create_app(make_settings(data_dir=data_dir), clock=lambda: NOW).test_client()
    address = plain.post("/", data={"phone": make_phone()}).location
    plain.post(f"{address}/messages", data={"text": "hello"})
    page = plain.get(address).text
    assert "What is your name?" in page
    assert (thumbs(page), "thumbs" in page) == ([], False)


def test_a_thumb_is_pressed_changed_and_taken_back_without_script(client: FlaskClient, address: str) -> None:
    own = message(client.get(address).text)
    for verdict, pressed in (("positive", "Helpful"), ("negative", "Not helpful"), ("none", None)):
        sent = client.post(f"{address}/feedback", data={"message": own, "verdict": verdict})
        assert sent.status_code == 303
        assert urlsplit(sent.location).fragment == "m-1-2"
        shown = thumbs(client.get(sent.location).text)
        assert [name for name, _, state in shown if state == "true"] == ([pressed] if pressed else [])
        assert [value for name, value, _ in shown if name == pressed] == (["none"] if pressed else [])


def test_htmx_gets_the_thumbs_alone_and_words_to_read_out(client: FlaskClient, address: str) -> None:
    own = message(client.get(address).text)
    data = {"message": own, "verdict": "positive", "after": "1.2"}
    sent = client.post(f"{address}/feedback", data=data, headers=HTMX)
    assert sent.status_code == 200
    assert sent.text.lstrip().startswith('<div id="poller"')
    assert '<b hx-swap-oob="innerHTML:#status">Marked as helpful</b>' in sent.text
    assert re.search(r'<div class="thumbs" id="t-m-1-2"[^>]*hx-swap-oob="true"', sent.text)
    assert [state for _, _, state in thumbs(sent.text)] == ["true", "false"]


def test_only_an_answer_that_did_not_help_is_asked_why(client: FlaskClient, address: str) -> None:
    own = message(client.get(address).text)
    for verdict, asked in (("positive", False), ("negative", True), ("none", False)):
        client.post(f"{address}/feedback", data={"message": own, "verdict": verdict})
        assert ("What was wrong?" in client.get(address).text) is asked


def test_why_is_said_changed_and_taken_back_without_script(client: FlaskClient, address: str) -> None:
    said = {"message": message(client.get(address).text), "verdict": "negative"}
    for comment in ("It is not <true>.", "It is too long."):
        sent = client.post(f"{address}/feedback", data=said | {"comment": f" {comment} "})
        assert urlsplit(sent.location).fragment == "m-1-2"
        assert Page(client.get(address).text).value("comment") == comment
    client.post(f"{address}/feedback", data=said | {"comment": "  "})
    page = client.get(address).text
    assert (Page(page).value("comment"), thumbs(page)[1][2]) == ("", "true")


def test_htmx_gets_the_field_with_what_is_kept_in_it(client: FlaskClient, address: str) -> None:
    data = {"message": message(client.get(address).text), "verdict": "negative", "after": "1.2"}
    pressed = client.post(f"{address}/feedback", data=data, headers=HTMX).text
    assert (Page(pressed).value("comment"), "You can say why." in pressed) == ("", True)
    said = client.post(f"{address}/feedback", data=data | {"comment": "Not true."}, headers=HTMX).text
    assert (Page(said).value("comment"), "Your comment is kept" in said) == ("Not true.", True)


@pytest.mark.parametrize("comment", ["x" * (LONGEST_COMMENT + 1), "\0", "\u200b"])
def test_a_comment_that_cannot_be_kept_is_given_back_with_the_reason(
    client: FlaskClient, address: str, comment: str
) -> None:
    data = {"message": message(client.get(address).text), "verdict": "negative", "comment": comment}
    refused = client.post(f"{address}/feedback", data=data)
    assert (refused.status_code in (400, 422), "What you had written" in refused.text) == (True, True)
    told = client.post(f"{address}/feedback", data=data | {"after": "1.2"}, headers=HTMX)
    assert (told.status_code, 'id="t-m-1-2"' in told.text) == (200, False)
    assert re.search(r"#status\">This text (has 1001 characters|is empty)|#status\">The text holds bytes", told.text)
    assert thumbs(client.get(address).text)[1][2] == "false"


def test_markup_in_a_comment_stays_text_for_readers_and_staff(
    client: FlaskClient, services: Services, address: str
) -> None:
    said = {"message": message(client.get(address).text), "verdict": "negative"}
    services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)
    desk = Desk(client)
    desk.log_in()
    for payload in [payload for payload in PAYLOADS if "\0" not in payload][:40]:
        client.post(f"{address}/feedback", data=said | {"comment": payload})
        transcript = desk.open(links(desk.open(LIST))[0]).html
        assert "did not find this helpful: " in transcript
        for html in (client.get(address).text, transcript):
            assert "<script>alert" not in html
            assert not re.search(r"<(img|iframe|object|embed|style)\b[^>]*(evil|alert)", html)


def test_who_looks_at_earlier_messages_comes_back_to_them(
    client: FlaskClient, services: Services, address: str
) -> None:
    ask(services, address, *(f"why {number}" for number in range(PAGE // 2 + 2)))
    earlier = client.get(f"{address}?before=1.5").text
    form = next(form for form in Page(earlier).all("form") if "/feedback" in form["action"])
    sent = client.post(form["action"], data={"message": message(earlier), "verdict": "positive"})
    back = client.get(sent.location)
    assert f'id="{urlsplit(sent.location).fragment}"' in back.text
    assert ("Helpful", "none", "true") in thumbs(back.text)


@pytest.mark.parametrize(("message_id", "verdict", "status"), [
    (UNKNOWN, "positive", 404), ("x", "positive", 404), ("", "positive", 404), (None, "fine", 422), (None, "", 422),
])  # fmt: skip
def test_what_cannot_be_judged_is_refused(
    client: FlaskClient, address: str, message_id: str | None, verdict: str, status: int
) -> None:
    own = message(client.get(address).text) if message_id is None else message_id
    refused = client.post(f"{address}/feedback", data={"message": own, "verdict": verdict})
    assert (refused.status_code, "<h1>" in refused.text) == (status, True)


def test_another_pages_answers_are_not_found(client: FlaskClient, services: Services, address: str) -> None:
    other: str = client.post("/", data={"phone": make_phone()}).location
    own = message(client.get(address).text)
    assert client.post(f"{other}/feedback", data={"message": own, "verdict": "negative"}).status_code == 404
    assert [state for _, _, state in thumbs(client.get(address).text)] == ["false", "false"]


def test_another_site_cannot_press_them(client: FlaskClient, address: str) -> None:
    own = message(client.get(address).text)
    sent = client.post(
        f"{address}/feedback", data={"message": own, "verdict": "negative"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert sent.status_code == 403
