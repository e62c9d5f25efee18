"""One deadline of ours for a whole request, whatever the other side does; and TLS that knows whom it speaks to."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chatterkeep.services.outbound import LONGEST_ANSWER, NotSent, Outbound, Response, Unanswered
from chatterkeep.services.targets import Target, parse_target
from tests.answerers.certificate import self_signed
from tests.gateway import OK, Gateway, running_gateway

SHORT = 0.5
"""The deadline in seconds of most requests here."""

LONG = 30
"""The seconds after which those who are slow have answered well after all: who waits for them sees no error."""


def post(gateway: Gateway, seconds: float = SHORT) -> Response:
    return Outbound(private=True, seconds=seconds).post(parse_target(gateway.url()), {"A": "b"}, b"{}")


def _says_nothing(connection: socket.socket) -> None:
    connection.settimeout(LONG)
    with suppress(TimeoutError):
        connection.recv(1)
    connection.sendall(OK)


def _drips_a_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 204 No Content\r\n")
    for n in _for_long():
        connection.sendall(b"X-%d: y\r\n" % (n % 20))
    connection.sendall(b"\r\n")


def _drips_a_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in _for_long():
        connection.sendall(b"x")


def _says_wait_for_ever(connection: socket.socket) -> None:
    for _ in _for_long():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.sendall(OK)


def _for_long() -> Iterator[int]:
    for n in range(round(LONG / 0.05)):
        yield n
        time.sleep(0.05)


@pytest.mark.parametrize("slowly", [_says_nothing, _drips_a_head, _drips_a_body, _says_wait_for_ever])
def test_an_answer_that_takes_longer_than_the_deadline_is_none(slowly: Callable[[socket.socket], None]) -> None:
    with running_gateway() as gateway:
        gateway.answers = [slowly]
        with pytest.raises(Unanswered, match="TimeoutError"):
            post(gateway)


def test_a_look_up_that_hangs_ends_at_the_deadline() -> None:
    over = threading.Event()

    def hangs(host: str, port: int) -> list[str]:
        over.wait(LONG)
        return ["127.0.0.1"]

    with running_gateway() as gateway:
        outbound = Outbound(private=True, seconds=SHORT, resolve=hangs)
        with pytest.raises(NotSent, match="not found in time"):
            outbound.post(Target("http", "slow.example", gateway.port, "/"), {}, b"")
        over.set()


def test_a_closed_port_is_nothing_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent):
        Outbound(private=True).post(Target("http", "127.0.0.1", port, "/"), {}, b"")


def test_the_next_address_of_a_name_is_tried() -> None:
    with running_gateway() as gateway:
        both = Outbound(private=True, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"])
        assert both.post(parse_target(gateway.url("gateway.example")), {}, b"").status == 204


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_half_an_answer_is_none(said: bytes) -> None:
    with running_gateway() as gateway:
        gateway.answers = [said]
        with pytest.raises(Unanswered):
            post(gateway)


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    with running_gateway() as gateway:
        gateway.answers = [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000]
        assert len(post(gateway, seconds=5).body) == LONGEST_ANSWER


def test_a_header_cannot_begin_another_one() -> None:
    with running_gateway() as gateway, pytest.raises(ValueError, match="one line"):
        Outbound(private=True).post(parse_target(gateway.url()), {"A": "b\r\nC: d"}, b"{}")


def test_what_is_sent_is_one_plain_request() -> None:
    with running_gateway() as gateway:
        post(gateway)
        (heard,) = gateway.heard
        assert heard.line == "POST /sms HTTP/1.1"
        assert heard.body == b"{}"
        assert heard.headers == {
            "host": f"127.0.0.1:{gateway.port}",
            "a": "b",
            "content-length": "2",
            "connection": "close",
        }


def test_over_tls_the_certificate_must_be_of_the_host(tmp_path: Path) -> None:
    server, trusted = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=str(trusted))
    named: list[str | None] = []
    server.sni_callback = lambda _, name, __: named.append(name)
    outbound = Outbound(private=True, trust=trust, resolve=lambda *_: ["127.0.0.1"])
    with running_gateway(server) as gateway:
        gateway.answers = [OK]
        assert outbound.post(parse_target(gateway.url(scheme="https")), {}, b"{}").status == 204
        with pytest.raises(NotSent, match="CertVerification"):  # the certificate is for 127.0.0.1 alone
            outbound.post(parse_target(gateway.url("gateway.example", scheme="https")), {}, b"{}")
        assert named[-1] == "gateway.example"
        assert len(gateway.heard) == 1


def test_a_certificate_that_nobody_signed_is_not_trusted(tmp_path: Path) -> None:
    server, _ = self_signed(tmp_path)
    with running_gateway(server) as gateway:
        with pytest.raises(NotSent):
            Outbound(private=True).post(parse_target(gateway.url(scheme="https")), {}, b"{}")
        assert gateway.heard == []


def test_a_port_that_never_shakes_hands_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        closing = threading.Timer(LONG, silent.close)
        closing.start()
        target = Target("https", "127.0.0.1", silent.getsockname()[1], "/")
        with pytest.raises(NotSent, match="TimeoutError"):
            Outbound(private=True, seconds=SHORT).post(target, {}, b"")
        closing.cancel()
