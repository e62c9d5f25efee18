"""What tools are told, what a model is told of them, and what nobody is told: secrets, and other people's things."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from chatterkeep.domain.basis import ToolUse
from chatterkeep.domain.messages import SessionRef
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.logs import JsonFormatter
from tests import databases, rows
from tests.gateway import Gateway
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted
from tests.make import NOW
from tests.services.test_replies import ask
from tests.tooling.asking import ended
from tests.tools import BOOKING, CANARY, FLIGHT, flight, given, says

MAIL = "kim.tester@example.com"
MINE = FLIGHT + 'from_context = ["flight_no"]\n'


def in_session(services: Services, context: dict[str, Any], words: str = "Is my flight late?") -> Any:
    """Ask in a new session of which this is known."""
    opening = services.sessions.open("assistant", NOW, context)
    return ended(services, ask(services, words, sender=SessionRef(opening.session.session_id)))


def test_a_personal_tool_gets_the_value_behind_the_placeholder(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers = [says({"seat": "12A", "for": MAIL})]
    fake.wants = [Round([Wanted("change_seat", {"booking": "[EMAIL_1]", "seat": "12A"})])]
    reply = ended(services, ask(services, f"I am {MAIL}. Seat 12A, please."))
    assert airline.heard[0].line == "POST /bookings/kim.tester%40example.com/seat HTTP/1.1"
    assert all(MAIL not in json.dumps(request.body) for request in fake.requests)
    assert given(fake.requests[-1]) == [{"seat": "12A", "for": "[EMAIL_1]"}]
    assert MAIL in reply.text, "the person reads their own address"


def test_any_other_tool_is_not_called_with_it(services: Services, fake: LLM, airline: Gateway) -> None:
    fake.wants = [flight("[EMAIL_1]")]
    reply = ended(services, ask(services, f"I am {MAIL}. Is my flight late?"))
    assert [told["error"] for told in given(fake.requests[-1])] == ["personal_data"]
    assert reply.basis.tools == (ToolUse("flight_status", "personal_data", "flight status"),)
    assert airline.connections == 0


def test_what_a_tool_tells_of_people_is_scrubbed(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers, fake.wants = [says({"agent": "other.person@example.com", "call": "+1 415 555 2671"})], [flight()]
    ended(services, ask(services))
    assert given(fake.requests[-1]) == [{"agent": "[EMAIL_1]", "call": "[PHONE_1]"}]


@databases.both
def test_the_secret_of_a_tool_goes_to_the_tool_and_nowhere_else(
    services: Services,
    settings: Settings,
    engine: Engine,
    fake: LLM,
    airline: Gateway,
    caplog: pytest.LogCaptureFixture,
) -> None:
    airline.answers = [says({"gate": "B7"}), says({}, "500 Oops"), b"no HTTP"]
    fake.wants = [Round([*flight().calls * 3, Wanted("made_up", {}), Wanted("flight_status", "{")])]
    reply = ended(services, ask(services))
    assert all(heard.headers["x-key"] == CANARY for heard in airline.heard)
    assert len(airline.heard) == 3
    (settings.data_dir / "tools.toml").unlink()
    logged = "".join(map(JsonFormatter().format, caplog.records))
    told = json.dumps([request.body for request in fake.requests])
    assert "tool.used" in logged
    for text in (reply.text, told, logged, repr(services.tools), repr(services.tools and services.tools.tools)):
        assert CANARY not in text
    assert CANARY.encode() not in rows.everything(settings)


def test_the_log_tells_names_and_outcomes_alone(
    services: Services, fake: LLM, airline: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    airline.answers, fake.wants = [says({"gate": "Quagga"})], [flight("ZEBRA")]
    ended(services, ask(services, "Where is the okapi?"))
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records if record.msg == "tool.used"]
    assert [(line["tool"], line["outcome"]) for line in lines] == [("flight_status", "ok")]
    assert set(lines[0]) <= {"at", "level", "logger", "event", "tool", "outcome"}


@pytest.mark.parametrize("declared", [(MINE, BOOKING)])
class TestFromContext:
    """An argument that comes from what a client told of the customer, and not from the model."""

    def test_it_is_filled_in_and_the_model_is_not_asked(self, services: Services, fake: LLM, airline: Gateway) -> None:
        airline.answers = [says({"status": "late"})]
        fake.wants = [Round([Wanted("flight_status", {"date": "2026-03-14"})])]
        in_session(services, {"flight_no": "CK42", "gate": "B7"})
        assert airline.heard[0].line == "GET /flights/CK42?date=2026-03-14 HTTP/1.1"
        offered = {tool["function"]["name"]: tool["function"] for tool in fake.requests[0].body["tools"]}
        assert list(offered["flight_status"]["parameters"]["properties"]) == ["date"]

    def test_the_model_cannot_change_it(self, services: Services, fake: LLM, airline: Gateway) -> None:
        fake.wants = [flight("CK99")]
        reply = in_session(services, {"flight_no": "CK42"})
        assert [use.failure for use in reply.basis.tools] == ["bad_arguments"]
        assert airline.connections == 0

    @pytest.mark.parametrize("context", [{}, {"flight_no": 42}, {"flight_no": ["CK42"]}, {"flight_no": "a/b"}])
    def test_where_it_is_not_known_nobody_is_asked(
        self, services: Services, fake: LLM, airline: Gateway, context: dict[str, Any]
    ) -> None:
        fake.wants = [Round([Wanted("flight_status", {})])]
        reply = in_session(services, context)
        assert reply.basis.tools[0].failure in ("no_context", "bad_arguments")
        assert airline.connections == 0

    @databases.both
    def test_it_is_that_of_the_session_alone(self, services: Services, fake: LLM, airline: Gateway) -> None:
        airline.answers = [says({"status": "late"})] * 2
        fake.wants = [Round([Wanted("flight_status", {})])]
        for number in ("CK1", "CK2"):
            in_session(services, {"flight_no": number})
            other = "CK2" if number == "CK1" else "CK1"
            assert f'"{number}"' in fake.requests[-1].body["messages"][0]["content"]
            assert other not in json.dumps(fake.requests[-1].body)
        assert [heard.line for heard in airline.heard] == [
            "GET /flights/CK1 HTTP/1.1",
            "GET /flights/CK2 HTTP/1.1",
        ]
        assert ended(services, ask(services, "And now?")).basis.tools[0].failure == "no_context"

    @databases.both
    def test_what_is_told_when_a_session_is_resumed_counts(
        self, services: Services, fake: LLM, airline: Gateway
    ) -> None:
        airline.answers = [says({"status": "late"})]
        fake.wants = [Round([Wanted("flight_status", {})])]
        opening = services.sessions.open("assistant", NOW, {"flight_no": "CK1", "name": "Kim"})
        mine = SessionRef(opening.session.session_id)
        services.sessions.resume(mine.public_id, {"flight_no": "CK2"})
        ended(services, ask(services, sender=mine))
        assert airline.heard[0].line == "GET /flights/CK2 HTTP/1.1"
        known = fake.requests[0].body["messages"][0]["content"]
        assert '{"flight_no": "CK2", "name": "Kim"}' in known
