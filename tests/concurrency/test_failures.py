"""Workers die, strangers hold the lock, a server is started again: what was acknowledged is there, once."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import rows
from tests.concurrency.conftest import Busy
from tests.make import NAME, make_payload, make_phone, make_settings
from tests.servers import Server, running

pytestmark = [pytest.mark.xdist_group("concurrency"), pytest.mark.slow]


@pytest.fixture
def data(tmp_path: Path, template: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "data"))


@pytest.fixture
def own(data: Path) -> Iterator[Server]:
    """A server that a test may hurt."""
    with running(data) as server:
        yield server


def test_no_acknowledged_message_dies_with_a_worker(busy: Busy) -> None:
    phones = [make_phone() for _ in range(8)]
    stop = threading.Event()

    def kill_some() -> None:
        for _ in range(4):
            stop.wait(0.25)
            os.kill(busy.server.workers[0], signal.SIGKILL)

    def talk(phone: str) -> list[bytes]:
        sent = [make_payload(phone=phone, message=f"nope {n}", id=f"{phone}-{n}") for n in range(40)]
        bodies = [busy.insist(fields).body for fields in sent]
        assert bodies == [busy.insist(fields).body for fields in sent]
        return bodies

    killer = threading.Thread(target=kill_some)
    killer.start()
    with ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(talk, phones))
    killer.join()
    assert [len(set(bodies)) for bodies in answered] == [40] * 8
    for phone in phones:
        lines = busy.history(phone)
        assert [line.text for line in lines[::2]] == [f"nope {n}" for n in range(40)]
        assert [line.position.seq for line in lines] == list(range(1, 81))


def test_a_talk_goes_on_after_the_server_was_killed_and_started_again(data: Path) -> None:
    phone = make_phone()
    with running(data) as server:
        first = server.post("/chat", make_payload(phone=phone, id=f"a-{phone}"))
        for worker in (server.process.pid, *server.workers):
            os.kill(worker, signal.SIGKILL)
    with running(data) as server:
        assert server.post("/chat", make_payload(phone=phone, id=f"a-{phone}")).body == first.body
        assert server.post("/chat", make_payload(phone=phone, message=NAME)).json["state"] == "AWAITING_SONG"


def test_a_stranger_who_holds_the_database_too_long_is_told_as_busy(own: Server) -> None:
    settings = make_settings(data_dir=own.data)
    fields = make_payload(id="late")
    with rows.foreign(settings) as connection:
        connection.execute("BEGIN IMMEDIATE")
        refused = own.post("/chat", fields)
        assert own.get("/").status == 200
        connection.execute("ROLLBACK")
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    assert (refused.status, refused.json["error"]["code"]) == (503, "STORE_BUSY")
    assert int(refused.headers["Retry-After"]) >= 1
    assert own.post("/chat", fields).status == 200


def test_the_limit_of_a_phone_holds_across_workers(data: Path) -> None:
    phone = make_phone()
    limited = running(data, workers=3, CHATTERKEEP_LIMIT_PHONE="5/minute;20/hour")
    with limited as server, ThreadPoolExecutor(30) as pool:
        sent = list(pool.map(lambda _: server.post("/chat", make_payload(phone=phone)), range(30)))
    assert sorted(answer.status for answer in sent) == [200] * 5 + [429] * 25
