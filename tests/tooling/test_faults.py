"""Tools that fail: the model is told plainly, the answer names it, and nothing else breaks."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chatterkeep.domain.replies import FALLBACK, ReplyState
from chatterkeep.domain.tools import ToolFailed
from chatterkeep.services.breaker import Breaker
from chatterkeep.services.outbound import Outbound
from chatterkeep.services.tooling import Tooling
from chatterkeep.services.toolrequests import LONGEST_ARGUMENTS
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.toolbox.loader import load_tools
from tests.apps import running_app
from tests.gateway import Gateway
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted
from tests.make import Clock
from tests.servers import free_port
from tests.services.test_replies import ask
from tests.tooling.asking import ended
from tests.tools import HASTY, flight, given, says

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def hangs(connection: socket.socket) -> None:
    connection.settimeout(20)
    connection.recv(1)


def drips(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.1)


def resets(connection: socket.socket) -> None:
    connection.sendall(HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":')
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


FAULTS: dict[str, tuple[bytes | Callable[[socket.socket], None], str]] = {
    "reset": (resets, "broken_off"),
    "cut in a chunk": (HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":', "broken_off"),
    "cut short": (HEAD + b'Content-Length: 100\r\n\r\n{"a": 1', "not_json"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "broken_off"),
    "500": (says({"error": "oops"}, "500 Oops"), "failed"),
    "429": (says({}, "429 Too Many Requests"), "failed"),
    "404": (says({}, "404 Not Found"), "not_found"),
    "401": (says({"key": "wrong"}, "401 Unauthorized"), "refused"),
    "redirect": (says({}, "302 Found", more="Location: http://127.0.0.1:1/\r\n"), "redirected"),
    "huge": (says({"a": "x" * 5000}), "too_large"),
    "endless": (HEAD + b"\r\n{" + b" " * 500_000, "too_large"),
    "html": (says(b"<!doctype html>", kind="text/html"), "not_json"),
    "JSON by another name": (says({"a": 1}, kind="text/plain"), "not_json"),
    "no JSON": (says(b"it is late"), "not_json"),
    "deep": (says(b"[" * 1900), "not_json"),
    "a number": (says(b"12"), "not_json"),
    "no UTF-8": (says(b'{"a": "\xff"}'), "not_json"),
    "packed": (says(b"\x1f\x8b", more="Content-Encoding: gzip\r\n"), "not_json"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tool_that_fails_is_told_to_the_model_and_named_with_the_answer(
    services: Services, fake: LLM, airline: Gateway, fault: str
) -> None:
    does, failure = FAULTS[fault]
    airline.answers, fake.wants = [does], [flight()]
    reply = ended(services, ask(services))
    (told,) = given(fake.requests[-1])
    assert (told["error"], reply.state) == (failure, ReplyState.DONE)
    assert told["message"]
    assert [(use.name, use.failure) for use in reply.basis.tools] == [("flight_status", failure)]
    assert len(airline.heard) == 1, "no redirect is followed, and nothing that was sent is sent again"


@pytest.mark.parametrize(
    ("name", "arguments", "failure"),
    [
        ("made_up", {}, "unknown_tool"),
        ("", {}, "unknown_tool"),
        ("flight status\n", {}, "unknown_tool"),
        ("flight_status", '{"flight_no": "CK42"', "bad_arguments"),
        ("flight_status", "CK42", "bad_arguments"),
        ("flight_status", "[]", "bad_arguments"),
        ("flight_status", "", "bad_arguments"),
        ("flight_status", "[" * 5000, "bad_arguments"),
        ("flight_status", '{"flight_no": NaN}', "bad_arguments"),
        ("flight_status", '{"flight_no": 1e999}', "bad_arguments"),
        ("flight_status", {}, "bad_arguments"),
        ("flight_status", {"flight_no": 42}, "bad_arguments"),
        ("flight_status", {"flight_no": None}, "bad_arguments"),
        ("flight_status", {"flight_no": "CK42", "date": "tomorrow"}, "bad_arguments"),
        ("flight_status", {"flight_no": "CK42", "seat": "12A"}, "bad_arguments"),
        ("flight_status", {"flight_no": "../../admin"}, "bad_arguments"),
        ("flight_status", {"flight_no": "CK\u0000"}, "bad_arguments"),
        ("flight_status", {"flight_no": "x" * 41}, "bad_arguments"),
        ("flight_status", {"flight_no": "x" * LONGEST_ARGUMENTS}, "bad_arguments"),
    ],
)
def test_a_call_that_makes_no_sense_reaches_nobody(
    services: Services, fake: LLM, airline: Gateway, name: str, arguments: Any, failure: str
) -> None:
    fake.wants = [Round([Wanted(name, arguments, piece=1000)])]
    reply = ended(services, ask(services))
    assert [told["error"] for told in given(fake.requests[-1])] == [failure]
    assert [use.failure for use in reply.basis.tools] == [failure]
    assert reply.state is ReplyState.DONE
    assert airline.connections == 0


def test_one_bad_call_among_good_ones_spoils_nothing(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers = [says({"status": "late"})]
    fake.wants = [Round([Wanted("made_up", {}), Wanted("flight_status", {"flight_no": "CK42"})])]
    ended(services, ask(services))
    bad, good = given(fake.requests[-1])
    assert (bad["error"], good) == ("unknown_tool", {"status": "late"})


def test_a_model_that_then_says_nothing_gets_an_honest_sentence(
    services: Services, fake: LLM, airline: Gateway
) -> None:
    airline.answers, fake.wants, fake.retells, fake.fault = [says({}, "500 Oops")] * 2, [flight()], False, "no-text"
    reply = ended(services, ask(services))
    assert (reply.state, reply.text) == (ReplyState.FAILED, FALLBACK)
    assert reply.basis.tools[0].failure == "failed"


@pytest.mark.parametrize("declared", [(HASTY,)])
@pytest.mark.parametrize("slowly", [hangs, drips])
def test_a_tool_that_takes_too_long_is_not_waited_for(
    services: Services, fake: LLM, airline: Gateway, slowly: Callable[[socket.socket], None]
) -> None:
    airline.answers, fake.wants = [slowly], [flight()]
    reply = ended(services, ask(services))
    assert [told["error"] for told in given(fake.requests[-1])] == ["timed_out"]
    assert (reply.state, reply.basis.tools[0].failure) == (ReplyState.DONE, "timed_out")


def test_a_tool_may_take_longer_than_a_silence_of_the_model(
    settings: Settings, fake: LLM, airline: Gateway, clock: Clock
) -> None:
    """The wait for a tool is not the model's silence, and after it the model may take its time anew."""

    def slowly(connection: socket.socket) -> None:
        threading.Event().wait(3)
        connection.sendall(says({"status": "late"}))

    patient = settings.model_copy(update={"token_timeout": timedelta(seconds=2)})
    airline.answers, fake.wants = [slowly] * 2, [flight()]
    with running_app(patient, clock) as app:
        services: Services = app.extensions["chatterkeep"]
        assert "late" in ended(services, ask(services)).text


def test_a_private_address_is_not_asked(settings: Settings, fake: LLM, airline: Gateway, clock: Clock) -> None:
    strict = settings.model_copy(update={"private_targets": "refused"})
    fake.wants = [flight()]
    with running_app(strict, clock) as app:
        services: Services = app.extensions["chatterkeep"]
        reply = ended(services, ask(services))
    assert [use.failure for use in reply.basis.tools] == ["refused_target"]
    assert airline.connections == 0


class Counting:
    """Looks names up, and counts how often."""

    def __init__(self, *addresses: str) -> None:
        self.looked = 0
        self._addresses = list(addresses)

    def __call__(self, host: str, port: int) -> list[str]:
        self.looked += 1
        return self._addresses


def tool_at(folder: Path, method: str, port: int, resolve: Counting, *, private: bool) -> Tooling:
    declared = f'[tools.a]\ndescription = "b"\nmethod = "{method}"\nurl = "http://api.example:{port}/"\ntimeout = 2'
    (folder / "one.toml").write_text(declared)
    tools = load_tools(folder / "one.toml", {})
    return Tooling(tools, Outbound(private=private, resolve=resolve), lambda name: Breaker(_Forgetful(), name))


class _Forgetful:
    """Counters that count nothing."""

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return 1

    def get(self, key: str) -> int:
        return 0

    def get_expiry(self, key: str) -> float:
        return 0

    def clear(self, key: str) -> None:
        pass


@pytest.mark.parametrize(("method", "tries"), [("GET", 2), ("POST", 1)])
def test_only_a_look_is_tried_again_where_nobody_was_reached(tmp_path: Path, method: str, tries: int) -> None:
    resolve = Counting("127.0.0.1")
    tooling = tool_at(tmp_path, method, free_port(), resolve, private=True)
    with pytest.raises(ToolFailed, match="unreachable"):
        tooling.try_out("a", "{}", {})
    assert resolve.looked == tries


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_a_name_that_leads_inside_is_not_followed(tmp_path: Path, airline: Gateway, address: str) -> None:
    tooling = tool_at(tmp_path, "GET", airline.port, Counting("93.184.215.14", address), private=False)
    with pytest.raises(ToolFailed, match="refused_target"):
        tooling.try_out("a", "{}", {})
    assert airline.connections == 0


def test_what_is_not_known_to_be_done_is_not_called_undone(services: Services, fake: LLM, airline: Gateway) -> None:
    airline.answers = [resets]
    fake.wants = [Round([Wanted("change_seat", {"booking": "X1", "seat": "12A"})])]
    ended(services, ask(services))
    (told,) = given(fake.requests[-1])
    assert (told["error"], told["detail"]) == ("broken_off", "It is not known whether it was done.")
    assert json.dumps(told).isascii()
