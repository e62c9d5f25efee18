"""The webhook channel: signed JSON for a gateway, which can tell a repeated try from another text."""

import json
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook as Official

from chatterkeep.channels.webhook import Webhook
from chatterkeep.domain.phone import parse_phone
from chatterkeep.domain.signatures import Signed, fits, read_secret
from chatterkeep.services import outgoing as module
from chatterkeep.services.outbound import Outbound
from chatterkeep.services.outgoing import Outgoing
from chatterkeep.services.ports import CarrierFailed
from chatterkeep.services.signatures import generate_secret
from tests.channels.carriers import settle
from tests.gateway import Gateway, answer, running_gateway
from tests.make import NOW, Clock, make_phone

SECRET = generate_secret()
NUMBER = make_phone()


def channel(gateway: Gateway, **changes: object) -> Webhook:
    outbound = Outbound(**{"private": True, "seconds": 1.0, **changes})  # type: ignore[arg-type]
    return Webhook(gateway.url(), read_secret(SECRET), outbound, Clock())


def send(carrier: Webhook) -> None:
    carrier.send(parse_phone(NUMBER, "US"), "Your code is 111222.", "code-7")


def failure(gateway: Gateway) -> CarrierFailed:
    with pytest.raises(CarrierFailed) as caught:
        send(channel(gateway))
    return caught.value


def test_the_gateway_is_told_what_to_send_to_whom() -> None:
    with running_gateway() as gateway:
        send(channel(gateway))
        (heard,) = gateway.heard
        sent = {"id": "code-7", "phone": NUMBER, "text": "Your code is 111222.", "sent_at": NOW.isoformat()}
        assert json.loads(heard.body) == sent
        assert heard.headers["content-type"] == "application/json"
        assert heard.headers["webhook-id"] == "code-7"


def test_the_signature_is_one_that_others_can_check() -> None:
    with running_gateway() as gateway:
        send(channel(gateway))
        (heard,) = gateway.heard
        expected = Official(SECRET).sign("code-7", NOW, heard.body.decode())
        assert heard.headers["webhook-signature"] == expected
        signed = Signed("code-7", heard.headers["webhook-timestamp"], heard.headers["webhook-signature"])
        assert fits([read_secret(SECRET)], signed, heard.body, NOW.timestamp())


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "204 No Content"])
def test_any_success_is_one(status: str) -> None:
    with running_gateway() as gateway:
        gateway.answers = [answer(status)]
        send(channel(gateway))


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "400 Bad Request", "401 No", "403 No", "404 No", "409 No", "422 No"]
)
def test_what_the_gateway_refuses_is_refused_for_good(status: str) -> None:
    with running_gateway() as gateway:
        gateway.answers = [answer(status)]
        error = failure(gateway)
        assert (error.permanent, error.gone, error.ambiguous) == (True, False, False)
        assert str(error) == f"HTTP {status[:3]}"


def test_gone_is_for_ever() -> None:
    with running_gateway() as gateway:
        gateway.answers = [answer("410 Gone")]
        error = failure(gateway)
        assert (error.permanent, error.gone) == (True, True)


@pytest.mark.parametrize("status", ["429 Slow Down", "500 Oops", "502 Bad Gateway", "503 Busy"])
def test_what_passes_may_be_tried_again_when_the_gateway_says(status: str) -> None:
    with running_gateway() as gateway:
        gateway.answers = [answer(status, Retry_After="7")]
        error = failure(gateway)
        assert (error.permanent, error.retry_after) == (False, 7.0)


def test_no_answer_is_told_apart_from_no_gateway() -> None:
    with running_gateway() as gateway:
        gateway.answers = [b""]
        assert failure(gateway).ambiguous
    error = failure(gateway)
    assert (error.ambiguous, error.permanent) == (False, False)


def test_a_private_gateway_is_refused_unless_it_is_allowed() -> None:
    with running_gateway() as gateway:
        with pytest.raises(CarrierFailed) as caught:
            send(channel(gateway, private=False))
        assert caught.value.permanent
        assert gateway.connections == 0


def test_a_failure_says_nothing_of_whom_it_was_for() -> None:
    with running_gateway() as gateway:
        gateway.answers = [b"HTTP/1.1 400 111222\r\nContent-Length: 6\r\n\r\n111222"]
        assert str(failure(gateway)) == "HTTP 400"


def test_every_try_bears_the_same_id_and_its_own_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.002)
    ticks = iter([NOW + timedelta(seconds=n) for n in range(20)])
    with running_gateway() as gateway:
        gateway.answers = [b"", answer("503 Busy")]
        carrier = Webhook(gateway.url(), read_secret(SECRET), Outbound(private=True), lambda: next(ticks))
        outgoing = Outgoing(carrier, Clock())
        outgoing.send(parse_phone(NUMBER, "US"), "Your code is 111222.", "code-7")
        settle(outgoing)
        assert [heard.headers["webhook-id"] for heard in gateway.heard] == ["code-7"] * 3
        assert len({heard.headers["webhook-timestamp"] for heard in gateway.heard}) == 3
