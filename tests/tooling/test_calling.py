"""A model calls tools, over HTTP to a real server; its answer names them."""

import json
import socket
import threading

from prometheus_client import REGISTRY

from chatterkeep.domain.audit import Actor
from chatterkeep.domain.basis import ToolUse
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.messages import SessionRef
from chatterkeep.domain.replies import FALLBACK, ReplyState
from chatterkeep.services.breaker import FAILURES
from chatterkeep.services.tooling import MOST_CALLS
from chatterkeep.services.wiring import Services
from tests import databases
from tests.gateway import Gateway
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted
from tests.make import NOW, make_address
from tests.services.test_replies import ask, lines_of
from tests.tooling.asking import ended
from tests.tools import flight, given, says
from tests.waiting import until

LATE = {"status": "late", "gate": "B7"}
SEAT = Round([Wanted("change_seat", {"booking": "X1", "seat": "12A"})])


def hangs(released: threading.Event, gone: threading.Event) -> object:
    """An answer that does not come; `gone` is set once the client has left."""

    def hang(connection: socket.socket) -> None:
        connection.settimeout(20)
        if connection.recv(1) == b"":
            gone.set()
        released.wait(1)

    return hang


@databases.both
def test_what_was_looked_up_is_answered_named_and_exported(
    services: Services,
    fake: LLM,
    airline: Gateway,
) -> None:
    airline.answers, fake.wants = [says(LATE)], [flight("CK 42", date="2026-03-14")]
    outcome = ask(services)
    reply = ended(services, outcome)
    assert airline.heard[0].line == "GET /flights/CK%2042?date=2026-03-14 HTTP/1.1"
    assert given(fake.requests[-1]) == [LATE]
    assert "late" in reply.text
    assert reply.basis.tools == (ToolUse("flight_status", None, "flight status"),)
    assert lines_of(services, outcome)[-1].basis == reply.basis
    export = services.rights.export(outcome.session_id, Format.JSON, Actor("test"), NOW)
    answer = json.loads("".join(export.pieces))["conversations"][0]["messages"][-1]
    assert answer["tools"] == [{"name": "flight_status", "failure": None, "title": "flight status", "acts": False}]


def test_calls_side_by_side_wait_for_each_other_once(services: Services, fake: LLM, airline: Gateway) -> None:
    meeting = threading.Barrier(3)

    def together(connection: socket.socket) -> None:
        meeting.wait(30)  # none is answered before all are asked
        connection.sendall(says(LATE))

    airline.answers = [together] * 3
    fake.wants = [Round([Wanted("flight_status", {"flight_no": f"CK{n}"}) for n in range(3)])]
    reply = ended(services, ask(services))
    assert given(fake.requests[-1]) == [LATE] * 3
    assert [use.failure for use in reply.basis.tools] == [None] * 3


def test_a_question_after_the_answer_is_looked_up_anew(services: Services, fake: LLM, airline: Gateway) -> None:
    """No answer is kept for others where tools are declared: facts grow old."""
    airline.answers, fake.wants = [says(LATE), says({"status": "boarding"})], [flight()]
    first, second = (ended(services, ask(services, "Is it late?")) for _ in range(2))
    assert ("late" in first.text, "boarding" in second.text) == (True, True)


def test_what_needs_no_tool_is_not_kept_for_others_either(services: Services, fake: LLM) -> None:
    for _ in range(2):
        assert not ended(services, ask(services, "Hello?")).basis
    assert len(fake.requests) == 2


def test_what_acts_is_told_what_to_do_in_the_body(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers, fake.wants = [says({"seat": "12A"})], [SEAT]
    reply = ended(services, ask(services))
    (heard,) = airline.heard
    assert heard.line == "POST /bookings/X1/seat HTTP/1.1"
    assert (json.loads(heard.body), heard.headers["content-type"]) == ({"seat": "12A"}, "application/json")
    assert reply.basis.tools == (ToolUse("change_seat", None, "change of seat", acts=True),)


def test_what_acted_is_not_done_again_because_the_answer_failed(
    services: Services,
    fake: LLM,
    airline: Gateway,
) -> None:
    airline.answers = [says({"seat": "12A"})]
    fake.wants, fake.endless, fake.stubborn = [SEAT, Round(raw=[5])], False, False
    reply = ended(services, ask(services))
    assert (reply.state, reply.text) == (ReplyState.FAILED, FALLBACK)
    assert len(airline.heard) == 1
    assert reply.basis.tools[0].acts, "the failed answer still says what was done"


def test_the_same_act_for_the_same_reply_bears_the_same_key(
    services: Services,
    fake: LLM,
    airline: Gateway,
) -> None:
    airline.answers, fake.wants = [says({})] * 4, [SEAT, SEAT]
    ended(services, ask(services))
    ended(services, ask(services))
    keys = [heard.headers["idempotency-key"] for heard in airline.heard]
    assert (keys[0], keys[2]) == (keys[1], keys[3])
    assert keys[0] != keys[2]


def test_what_only_looks_is_done_again_with_the_answer(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers, fake.wants = [says(LATE), says(LATE)], [flight(), Round(raw=[5])]
    assert ended(services, ask(services)).state is ReplyState.FAILED
    assert len(airline.heard) == 2


@databases.both
def test_a_stop_ends_a_call_at_once(services: Services, fake: LLM, airline: Gateway) -> None:
    released, gone = threading.Event(), threading.Event()
    airline.answers, fake.wants = [hangs(released, gone)], [flight()]
    outcome = ask(services)
    until(lambda: bool(airline.heard))
    assert outcome.generated
    reply = services.replies.stop(outcome.generated.reply_id)
    assert reply.state is ReplyState.STOPPED
    assert gone.wait(10), "the connection to the tool is closed"
    released.set()
    until(lambda: services.writers.at_rest or not services.writers.desk.all())
    assert [use.failure for use in lines_of(services, outcome)[-1].basis.tools] == ["given_up"]


def test_a_person_who_takes_over_ends_a_call(services: Services, fake: LLM, airline: Gateway) -> None:
    released, gone = threading.Event(), threading.Event()
    airline.answers, fake.wants = [hangs(released, gone)], [flight()]
    alice = make_address()
    outcome = ask(services, sender=alice)
    until(lambda: bool(airline.heard))
    services.replies.stop_all(SessionRef(outcome.session_id))
    assert gone.wait(10)
    released.set()
    assert len(fake.requests) == 1


def test_one_answer_makes_so_many_calls_and_no_more(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers = [says(LATE)] * 20
    fake.wants = [Round([Wanted("flight_status", {"flight_no": f"CK{n}"}) for n in range(5)])] * 3
    reply = ended(services, ask(services))
    assert len(airline.heard) == MOST_CALLS
    assert [use.failure for use in reply.basis.tools] == [None] * MOST_CALLS + ["too_many_calls"] * 7


def test_a_tool_that_keeps_failing_is_left_alone_for_a_while(
    services: Services,
    fake: LLM,
    airline: Gateway,
) -> None:
    airline.answers = [says({}, "503 Busy")] * 20
    fake.wants = [Round([Wanted("flight_status", {"flight_no": "CK42"})] * FAILURES)]
    ended(services, ask(services))
    asked_before = len(airline.heard)
    fake.wants = [Round([Wanted("flight_status", {"flight_no": "CK42"}), *SEAT.calls])]
    airline.answers = [says({})] * 20
    reply = ended(services, ask(services))
    assert [use.failure for use in reply.basis.tools] == ["unavailable", None]
    assert len(airline.heard) == asked_before + 1, "another tool is asked as ever"


def test_calls_are_counted_and_timed_by_tool(services: Services, fake: LLM, airline: Gateway) -> None:
    def counted(tool: str, outcome: str) -> float:
        labels = {"tool": tool, "outcome": outcome}
        return REGISTRY.get_sample_value("chatterkeep_tool_calls_total", labels) or 0

    def timed() -> float:
        return REGISTRY.get_sample_value("chatterkeep_tool_seconds_count", {"tool": "flight_status"}) or 0

    before = counted("flight_status", "ok"), counted("unknown", "unknown_tool"), timed()
    airline.answers = [says(LATE)]
    fake.wants = [Round([Wanted("flight_status", {"flight_no": "CK42"}), Wanted("made_up", {})])]
    ended(services, ask(services))
    assert (counted("flight_status", "ok"), counted("unknown", "unknown_tool"), timed()) == tuple(
        count + 1 for count in before
    )
    assert counted("made_up", "unknown_tool") == 0
