"""Where people and programs read what was looked up: the page, the staff's page, JSON, events and a socket."""

import json
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from chatterkeep.domain.basis import ToolUse
from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from chatterkeep.web.lookups import looked_up, tools_used
from tests.gateway import Gateway
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted
from tests.make import PASSWORD, Clock, make_payload, make_phone
from tests.servers import running
from tests.tools import FLIGHT, flight, says, tools_file
from tests.waiting import until
from tests.web.admin.desk import LIST, Desk, links
from tests.web.api import clients
from tests.web.chat.visitor import Visitor

LATE = {"status": "late"}
WELL = {"name": "flight_status", "failure": None, "title": "flight status"}


def test_the_page_says_it_under_the_answer(
    client: FlaskClient, services: Services, fake: LLM, airline: Gateway
) -> None:
    airline.answers, fake.wants = [says(LATE)], [flight()]
    visitor = Visitor(client, make_phone()).start()
    visitor.post(f"{visitor.address}/messages", text="Is it late?")
    until(lambda: "Looked up: flight status" in visitor.page().html, within=20)
    assert visitor.page().html.count("Looked up") == 1, "not under the question"


def test_the_page_says_too_what_could_not_be_looked_up(
    client: FlaskClient, services: Services, fake: LLM, airline: Gateway
) -> None:
    airline.answers, fake.wants = [says({}, "500 Oops")], [Round([*flight().calls, Wanted("<b>made up", {})])]
    visitor = Visitor(client, make_phone()).start()
    visitor.post(f"{visitor.address}/messages", text="Is it late?")
    until(lambda: "Could not look up: flight status" in visitor.page().html, within=20)
    assert "made up" not in visitor.page().html.rpartition("Could not look up")[2]


def test_staff_read_the_names_and_the_failures(
    client: FlaskClient, services: Services, clock: Clock, fake: LLM, airline: Gateway
) -> None:
    airline.answers, fake.wants = [says(LATE)], [Round([*flight().calls, Wanted("made_up", {})])]
    visitor = Visitor(client, make_phone()).start()
    visitor.post(f"{visitor.address}/messages", text="Is it late?")
    until(lambda: "Looked up" in visitor.page().html, within=20)
    services.staff.create("ada", PASSWORD, Role.ADMIN, clock())
    desk = Desk(client)
    desk.log_in()
    page = desk.open(links(desk.open(LIST))[0])
    assert "Tools: flight_status, unknown (unknown_tool)" in page.html


def test_the_webhook_tells_it_also_when_the_delivery_comes_again(
    client: FlaskClient, fake: LLM, airline: Gateway
) -> None:
    airline.answers, fake.wants = [says(LATE)], [flight()]
    posted = make_payload(message="Is it late?", id="d1")
    answer = client.post("/chat", json=posted, headers={"Prefer": "wait=10"}).get_json()
    reply = f"/chat/replies/{answer['reply_id']}"
    until(lambda: client.get(reply).get_json()["status"] == "done", within=60)
    assert client.get(reply).get_json()["tools"] == [WELL]
    assert client.post("/chat", json=posted).get_json()["tools"] == [WELL]
    assert "tools" not in client.post("/chat", json=make_payload(message="help")).get_json()


def test_a_reply_in_json_tells_it(client: FlaskClient, fake: LLM, airline: Gateway) -> None:
    airline.answers, fake.wants = [says(LATE)], [flight()]
    session = client.post("/chat/session", json=clients.WHO).get_json()["session_id"]
    events = client.post("/api/v1/chat", json={"session_id": session, "message": "Is it late?"}).text
    assert json.loads(events.strip().splitlines()[-1].removeprefix("data: "))["tools"] == [WELL]


@pytest.mark.slow
def test_events_sockets_and_metrics_of_real_workers_tell_it(
    tmp_path: Path, template: Path, fake: LLM, airline: Gateway
) -> None:
    """The context told with the session goes to the tool, and the answer grows out of what that gave."""
    data = Path(shutil.copytree(template, tmp_path / "served"))
    airline.answers, fake.wants = [says(LATE)] * 2, [Round([Wanted("flight_status", {})])]
    environment = {
        "OPENAI_BASE_URL": fake.url,
        "CHATTERKEEP_PRIVATE_TARGETS": "allowed",
        "CHATTERKEEP_TOOLS": str(tools_file(data, airline, FLIGHT + 'from_context = ["flight_no"]')),
    }
    with running(data, **environment) as server:
        session = clients.start(server, flight_no="CK42", date="2026-03-14")
        *tokens, end = clients.ask(server, session, "Is it late?")
        assert "late" in clients.text_of(tokens)
        assert end.data["tools"] == [WELL]
        assert airline.heard[0].line == "GET /flights/CK42 HTTP/1.1"
        with clients.socket(server, session) as client:
            client.send(message="And now?")
            assert client.until("complete")["metadata"]["tools"] == [WELL]
        families = text_string_to_metric_families(server.get("/metrics").body.decode())
    samples = {sample.name: sample for family in families for sample in family.samples if "tool_" in sample.name}
    counted = samples["chatterkeep_tool_calls_total"]
    assert (counted.labels, counted.value) == ({"tool": "flight_status", "outcome": "ok"}, 2)
    assert samples["chatterkeep_tool_seconds_count"].value == 2


@pytest.mark.parametrize(
    ("uses", "people", "staff"),
    [
        ([], None, None),
        ([ToolUse("unknown", "unknown_tool")], None, "unknown (unknown_tool)"),
        ([ToolUse("a", None, "A"), ToolUse("a", None, "A")], "Looked up: A", "a, a"),
        ([ToolUse("a", "failed", "A"), ToolUse("a", None, "A")], "Looked up: A", "a (failed), a"),
        (
            [ToolUse("a", None, "A"), ToolUse("b", "failed", "B"), ToolUse("c", None, "C")],
            "Looked up: A, C. Could not look up: B",
            "a, b (failed), c",
        ),
        (
            [ToolUse("a", None, "A", acts=True), ToolUse("a", "timed_out", "A", acts=True)],
            "Done: A. Not confirmed: A",
            "a, a (timed_out)",
        ),
    ],
)
def test_each_thing_is_said_once_and_nothing_is_said_of_what_is_no_tool(
    uses: list[ToolUse], people: str | None, staff: str | None
) -> None:
    assert (looked_up(uses), tools_used(uses)) == (people, staff)
