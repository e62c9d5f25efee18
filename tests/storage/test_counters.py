"""The counters of the limits: fixed windows, shared by processes, forgotten when they are over."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from chatterkeep.storage import counters
from chatterkeep.storage.counters import SharedStorage
from tests.servers import ROOT

COUNT = """
import sys
from chatterkeep.storage import counters
from chatterkeep.storage.counters import SharedStorage
storage = SharedStorage(sys.argv[1])
for _ in range(250):
    storage.incr("shared", 60)
"""


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"shared://{tmp_path / 'limits.counters'}"


@pytest.fixture(params=["ours", "the package's own, for comparison"])
def storage(request: pytest.FixtureRequest, uri: str) -> Storage:
    return SharedStorage(uri) if request.param == "ours" else MemoryStorage()


def test_hits_are_counted(storage: Storage) -> None:
    assert [storage.incr("k", 60) for _ in range(3)] == [1, 2, 3]
    assert storage.get("k") == 3


def test_keys_are_counted_apart(storage: Storage) -> None:
    storage.incr("k", 60)
    assert storage.get("other") == 0


def test_a_hit_may_weigh_more(storage: Storage) -> None:
    assert storage.incr("k", 60, amount=5) == 5


def test_a_window_starts_with_its_first_hit(storage: Storage) -> None:
    storage.incr("k", 60)
    assert 30 < storage.get_expiry("k") - time.time() <= 60


def test_later_hits_do_not_move_the_window(storage: Storage) -> None:
    storage.incr("k", 60)
    ends = storage.get_expiry("k")
    storage.incr("k", 60)
    assert storage.get_expiry("k") == ends


def test_a_window_that_is_over_is_forgotten(storage: Storage) -> None:
    storage.incr("k", 0.2)
    time.sleep(0.3)
    assert storage.get("k") == 0
    assert storage.incr("k", 60) == 1


def test_a_key_can_be_cleared(storage: Storage) -> None:
    storage.incr("k", 60)
    storage.clear("k")
    assert storage.get("k") == 0


def test_all_can_be_reset(storage: Storage) -> None:
    storage.incr("k", 60)
    assert storage.reset() == 1
    assert storage.get("k") == 0


def test_it_tells_that_it_works(storage: Storage) -> None:
    assert storage.check()


def test_the_limits_package_finds_it_by_its_address(uri: str) -> None:
    assert isinstance(storage_from_string(uri), SharedStorage)


def test_a_limit_lets_through_exactly_its_number(storage: Storage) -> None:
    limiter, limit = FixedWindowRateLimiter(storage), parse("5/minute")
    assert [limiter.hit(limit, "k") for _ in range(7)] == [True] * 5 + [False] * 2


def test_two_processes_share_their_counts(uri: str) -> None:
    counting = [subprocess.Popen([sys.executable, "-c", COUNT, uri], cwd=ROOT) for _ in range(2)]
    assert [process.wait(120) for process in counting] == [0, 0]
    assert SharedStorage(uri).get("shared") == 500


def test_whoever_stands_still_with_the_counters_stops_nobody_else(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "PATIENCE", 0.01)
    storage = SharedStorage(uri)
    storage.incr("k", 60)
    with Path(uri.removeprefix("shared://")).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="let go"):
            storage.incr("k", 60)
    assert storage.incr("k", 60) == 2


def test_a_file_that_cannot_be_used_is_told_as_the_package_wants(tmp_path: Path) -> None:
    storage = SharedStorage(f"shared://{tmp_path}/no/such/folder", wrap_exceptions=True)
    with pytest.raises(StorageError):
        storage.incr("k", 60)
