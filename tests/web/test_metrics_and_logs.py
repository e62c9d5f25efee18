"""What those who run it see: counts that are right under several workers, and a log that keeps secrets."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from tests.make import make_payload
from tests.servers import Server, shared

pytestmark = shared


def total(server: Server, name: str, **labels: str) -> float:
    """The sum of a metric's samples that carry these labels."""
    lines = server.get("/metrics").body.decode().splitlines()
    found = (re.fullmatch(rf"{name}\{{(.*)\}} (\S+)", line) for line in lines)
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    return sum(float(match[2]) for match in found if match and wanted <= set(match[1].split(",")))


def lines_of(server: Server) -> Iterator[dict[str, Any]]:
    for line in server.log.read_text().splitlines():
        yield json.loads(line)


def logged(server: Server, request_id: str) -> dict[str, Any]:
    for _ in range(40):
        for line in lines_of(server):
            if line.get("request_id") == request_id and line["event"] == "request":
                return line
        time.sleep(0.05)
    raise AssertionError("never logged")


def test_requests_are_counted_over_all_workers(server: Server) -> None:
    before = total(server, "chatterkeep_requests_total", route="/chat", status="200")
    for _ in range(40):
        server.post("/chat", make_payload())
    assert total(server, "chatterkeep_requests_total", route="/chat", status="200") == before + 40


def test_turns_are_counted_apart_from_repeats(server: Server) -> None:
    before = [total(server, "chatterkeep_turns_total", result=result) for result in ("stored", "replayed")]
    payload = make_payload(id=f"m-{time.monotonic_ns()}")
    for _ in range(5):
        server.post("/chat", payload)
    after = [total(server, "chatterkeep_turns_total", result=result) for result in ("stored", "replayed")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 4]


def test_latency_is_measured_for_every_request(server: Server) -> None:
    before = total(server, "chatterkeep_request_seconds_count", route="/livez")
    for _ in range(7):
        server.get("/livez")
    assert total(server, "chatterkeep_request_seconds_count", route="/livez") == before + 7


def test_a_page_opened_is_a_session_counted(server: Server) -> None:
    before = total(server, "chatterkeep_sessions_total", channel="web")
    server.ask("POST", "/", b"phone=4155550123", {"Content-Type": "application/x-www-form-urlencoded"})
    assert total(server, "chatterkeep_sessions_total", channel="web") == before + 1


def test_a_metric_names_routes_never_addresses(server: Server) -> None:
    server.get(f"/c/{'x' * 43}")
    server.get("/some/thing/nobody/has")
    told = server.get("/metrics").body.decode()
    assert 'route="/c/<token>"' in told
    assert 'route="unmatched"' in told
    assert "nobody" not in told


def test_methods_that_callers_make_up_are_counted_together(server: Server) -> None:
    before = total(server, "chatterkeep_requests_total", method="other")
    for made_up in ("BREW", "PROPFIND", "HEADS", "XYZZY"):
        server.ask(made_up, "/livez")
    assert total(server, "chatterkeep_requests_total", method="other") == before + 4
    told = server.get("/metrics").body.decode()
    assert not [made_up for made_up in ("BREW", "PROPFIND", "HEADS", "XYZZY") if made_up in told]


def test_every_line_of_the_log_is_json_with_a_time_and_a_level(server: Server) -> None:
    server.get("/livez")
    lines = list(lines_of(server))
    assert lines
    assert all({"at", "level", "logger", "event"} <= set(line) for line in lines)


def test_a_request_is_logged_under_the_id_its_caller_got(server: Server) -> None:
    answer = server.post("/chat", make_payload())
    line = logged(server, answer.headers["X-Request-Id"])
    assert (line["method"], line["route"], line["status"]) == ("POST", "/chat", 200)
    assert line["ms"] > 0


def test_an_address_that_holds_a_token_is_logged_by_its_pattern(server: Server) -> None:
    answer = server.get(f"/c/{'Zk9' * 14}x?before=1.2")
    assert logged(server, answer.headers["X-Request-Id"])["route"] == "/c/<token>"


def test_every_request_has_an_id_of_its_own(server: Server) -> None:
    ids = [server.get("/livez").headers["X-Request-Id"] for _ in range(20)]
    assert len(set(ids)) == 20


def test_an_id_that_a_caller_brings_is_not_believed(server: Server) -> None:
    answer = server.ask("GET", "/livez", headers={"X-Request-Id": "mine"})
    assert answer.headers["X-Request-Id"] != "mine"


def test_what_gunicorn_refuses_is_logged_without_a_word_of_it(server: Server) -> None:
    """The server's log is searched for what is private when the server stops; this puts some within its reach."""
    answer = server.ask("GET", f"/c/{'Zk9' * 2000}")
    assert answer.status in (400, 414, 431)
    assert "Zk9Zk9" not in server.log.read_text()
