"""The turnstile: in the order of arrival, and whoever gives up or is ended keeps nobody from their turn."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatterkeep.storage.gate import Turnstile
from tests.waiting import until


def test_turns_come_in_the_order_of_arrival() -> None:
    turnstile, came = Turnstile(), list[int]()
    assert turnstile.acquire(0)

    def pass_through(number: int) -> None:
        assert turnstile.acquire(30)
        came.append(number)
        turnstile.release()

    with ThreadPoolExecutor(8) as others:
        for number in range(8):
            others.submit(pass_through, number)
            until(lambda number=number: len(turnstile._waiting) == number + 1)
        turnstile.release()
    assert came == list(range(8))


def test_whoever_gives_up_keeps_nobody_waiting() -> None:
    turnstile = Turnstile()
    assert turnstile.acquire(0)
    assert not turnstile.acquire(0.01)
    turnstile.release()
    assert turnstile.acquire(0)


def test_whoever_is_ended_while_waiting_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(BaseException):
        pass

    class Ending:
        """A lock whose waiting is ended from outside, as gevent ends a greenlet."""

        def acquire(self, timeout: float = -1) -> bool:
            if timeout >= 0:
                raise Ended
            return True

    turnstile = Turnstile()
    assert turnstile.acquire(0)
    monkeypatch.setattr(threading, "Lock", Ending)
    with pytest.raises(Ended):
        turnstile.acquire(1)
    monkeypatch.undo()
    turnstile.release()
    assert turnstile.acquire(0)
