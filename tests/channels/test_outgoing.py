"""Texts for phones: handed over in the background, never twice where that would reach somebody, never in silence."""

import threading

import pytest
from prometheus_client import REGISTRY

from chatterkeep.domain.phone import PhoneNumber, parse_phone
from chatterkeep.services import outgoing as module
from chatterkeep.services.outgoing import THREADS, WAITING, Outgoing
from chatterkeep.services.ports import CarrierFailed
from tests.channels.carriers import Recorder, settle
from tests.make import Clock, make_phone
from tests.waiting import until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.002)


def phone() -> PhoneNumber:
    return parse_phone(make_phone(), "US")


def counted(result: str) -> float:
    return REGISTRY.get_sample_value("chatterkeep_outgoing_total", {"channel": "recorder", "result": result}) or 0.0


def sent_with(*failures: CarrierFailed, knows_keys: bool = True) -> Recorder:
    carrier = Recorder(*failures, knows_keys=knows_keys)
    outgoing = Outgoing(carrier, Clock())
    outgoing.send(phone(), "Your code is 111222.", "k1")
    settle(outgoing)
    return carrier


def test_nothing_runs_before_there_is_anything_to_carry() -> None:
    before = threading.active_count()
    assert Outgoing(Recorder(), Clock()).at_rest
    assert threading.active_count() == before


def test_whoever_sends_does_not_wait() -> None:
    carrier = Recorder()
    carrier.free.clear()
    outgoing = Outgoing(carrier, Clock())
    outgoing.send(phone(), "Your code is 111222.", "k1")
    assert carrier.carried == []
    carrier.free.set()
    settle(outgoing)
    assert carrier.carried == ["k1"]


def test_a_passing_failure_is_tried_again_under_the_same_key() -> None:
    carrier = sent_with(CarrierFailed("HTTP 503"), CarrierFailed("HTTP 429", retry_after=0.01))
    assert [key for _, _, key in carrier.tries] == ["k1"] * 3
    assert carrier.carried == ["k1"]


def test_three_tries_are_all() -> None:
    before = counted("failed")
    carrier = sent_with(*[CarrierFailed("HTTP 503") for _ in range(5)])
    assert len(carrier.tries) == 3
    assert carrier.carried == []
    assert counted("failed") == before + 1


def test_what_fails_for_good_is_not_tried_again() -> None:
    assert len(sent_with(CarrierFailed("HTTP 400", permanent=True)).tries) == 1


def test_who_asks_for_a_longer_wait_than_we_have_is_not_asked_again() -> None:
    assert len(sent_with(CarrierFailed("HTTP 429", retry_after=31)).tries) == 1


def test_a_try_without_an_answer_is_repeated_only_where_the_key_keeps_it_single() -> None:
    assert len(sent_with(CarrierFailed("no answer", ambiguous=True)).tries) == 2
    assert len(sent_with(CarrierFailed("no answer", ambiguous=True), knows_keys=False).tries) == 1


def test_who_is_gone_is_never_asked_again() -> None:
    carrier = Recorder(CarrierFailed("HTTP 410", gone=True))
    outgoing = Outgoing(carrier, Clock())
    outgoing.send(phone(), "Your code is 111222.", "k1")
    settle(outgoing)
    assert not outgoing.available
    outgoing.send(phone(), "Your code is 333444.", "k2")
    settle(outgoing)
    assert len(carrier.tries) == 1


def test_without_a_carrier_nothing_is_available() -> None:
    outgoing = Outgoing(None, Clock())
    outgoing.send(phone(), "Your code is 111222.", "k1")
    assert (outgoing.available, outgoing.name, outgoing.at_rest) == (False, "none", True)


def test_a_full_queue_is_told_and_holds_nobody_up() -> None:
    carrier = Recorder()
    carrier.free.clear()
    outgoing = Outgoing(carrier, Clock())
    for n in range(THREADS):
        outgoing.send(phone(), "Your code is 111222.", f"busy-{n}")
    until(lambda: len(carrier.tries) == THREADS)
    before = counted("full")
    for n in range(WAITING + 25):
        outgoing.send(phone(), "Your code is 111222.", f"k{n}")
    assert counted("full") == before + 25
    assert carrier.carried == []
    carrier.free.set()
    settle(outgoing)
    assert len(carrier.carried) == THREADS + WAITING
    assert carrier.most == THREADS


def test_a_text_that_waited_too_long_is_not_sent_any_more() -> None:
    clock, carrier = Clock(), Recorder()
    carrier.free.clear()
    outgoing = Outgoing(carrier, clock)
    for n in range(THREADS + 1):
        outgoing.send(phone(), "Your code is 111222.", f"k{n}")
    until(lambda: len(carrier.tries) == THREADS)
    clock.forward(minutes=6)
    carrier.free.set()
    settle(outgoing)
    assert sorted(carrier.carried) == [f"k{n}" for n in range(THREADS)]


def test_what_waits_is_handed_over_before_the_process_ends() -> None:
    carrier = Recorder()
    outgoing = Outgoing(carrier, Clock())
    for n in range(50):
        outgoing.send(phone(), "Your code is 111222.", f"k{n}")
    outgoing.close()
    assert len(carrier.carried) == 50
    assert outgoing.at_rest


def test_an_ending_process_does_not_wait_for_better_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 100.0)
    carrier = Recorder(*[CarrierFailed("HTTP 503") for _ in range(9)])
    outgoing = Outgoing(carrier, Clock())
    outgoing.send(phone(), "Your code is 111222.", "k1")
    until(lambda: len(carrier.tries) == 1)
    outgoing.close()
    assert outgoing.at_rest


def test_a_broken_carrier_breaks_nothing_else() -> None:
    carrier = Recorder(ValueError("surprise"))  # type: ignore[arg-type]
    outgoing = Outgoing(carrier, Clock())
    outgoing.send(phone(), "Your code is 111222.", "k1")
    outgoing.send(phone(), "Your code is 333444.", "k2")
    settle(outgoing)
    assert carrier.carried == ["k2"]


def test_the_log_tells_what_happened_but_not_to_whom(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "chatterkeep"):
        carrier = sent_with(CarrierFailed("HTTP 503"))
    assert [record.getMessage() for record in caplog.records] == ["outgoing.again", "outgoing.sent"]
    said = "".join(str(vars(record)) for record in caplog.records)
    assert "111222" not in said
    assert carrier.tries[0][0] not in said
