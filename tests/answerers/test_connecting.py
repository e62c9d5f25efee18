"""The way to a provider may be closed, unsafe or endless."""

import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatterkeep.answerers.network import Network
from chatterkeep.answerers.watch import Watch
from chatterkeep.domain.answers import Failure, NoAnswer, Patience, Unwanted
from chatterkeep.services.ports import Call
from tests.answerers.asking import BETWEEN, FOR_THE_FIRST, PATIENT, ask, chat_with, drain, prompt
from tests.answerers.certificate import self_signed
from tests.llm.server import LLM


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server whose queue is full: connections to it are never made."""
    with ExitStack() as stack:
        door = stack.enter_context(socket.socket())
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        for _ in range(4):
            guest = stack.enter_context(socket.socket())
            guest.setblocking(False)
            guest.connect_ex(door.getsockname())
        yield door.getsockname()[1]


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of a server that lets everybody in and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door.getsockname()[1]


def failure_at(url: str, patience: Patience = PATIENT) -> Failure | None:
    """What comes of asking at this address."""
    with chat_with(url) as chat:
        chat.prepare()
        outcome = ask(chat, patience=patience)
        return outcome.error.failure if outcome.error else None


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with LLM(tls=context).running() as fake:
        assert failure_at(fake.url) is Failure.UNREACHABLE
        assert not fake.requests


def test_a_trusted_certificate_makes_a_safe_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with LLM(tls=context, between=0.01).running() as fake, chat_with(fake.url) as chat:
        assert [ask(chat).error for _ in range(2)] == [None, None]
        assert len({request.connection for request in fake.requests}) == 1


def test_a_hang_is_left_on_a_safe_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with LLM(tls=context).running() as fake:
        fake.fault = "hang-mid-stream"
        assert failure_at(fake.url, BETWEEN) is Failure.STALLED
        assert fake.gone(fake.requests[0])


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(fake: LLM) -> None:
    assert failure_at(fake.url.replace("http:", "https:")) is Failure.UNREACHABLE
    assert not fake.requests


def test_a_name_that_cannot_be_one_leads_nowhere() -> None:
    assert failure_at("http://no..name/v1") is Failure.UNREACHABLE


def test_a_name_that_nobody_has_leads_nowhere_or_is_looked_for_too_long() -> None:
    failure = failure_at("http://nobody.invalid/v1", FOR_THE_FIRST)
    assert failure in (Failure.UNREACHABLE, Failure.NO_FIRST_TOKEN)


def test_a_door_that_never_opens_is_left_in_time(deaf: int) -> None:
    assert failure_at(f"http://127.0.0.1:{deaf}/v1", FOR_THE_FIRST) is Failure.NO_FIRST_TOKEN


def test_a_handshake_that_never_ends_is_left_in_time(mute: int) -> None:
    assert failure_at(f"https://127.0.0.1:{mute}/v1", FOR_THE_FIRST) is Failure.NO_FIRST_TOKEN


def test_connecting_can_be_cancelled(deaf: int) -> None:
    call = Call(PATIENT)
    with chat_with(f"http://127.0.0.1:{deaf}/v1") as chat:
        chat.prepare()
        timer = threading.Timer(0.2, call.cancel)
        timer.start()
        assert drain(chat.answer(prompt(), call), Unwanted)


def test_a_connection_that_nobody_wants_any_more_is_closed(fake: LLM) -> None:
    call, watch = Call(PATIENT), Watch()
    watch.begin(call)
    call.cancel()
    with pytest.raises(Unwanted):
        Network(watch).connect_tcp("127.0.0.1", fake.port)
    for thread in threading.enumerate():
        if thread.name == "connect":
            thread.join()
    gc.collect()  # a socket left open warns here, and a warning is an error


def test_the_detail_names_the_kind_of_error_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with chat_with(f"http://127.0.0.1:{port}/v1") as chat, pytest.raises(NoAnswer) as caught:
        next(chat.answer(prompt(), Call(PATIENT)))
    assert str(caught.value) == "unreachable: ConnectionRefusedError"
