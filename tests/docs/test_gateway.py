"""The gateway on the page for whoever runs the service does what the page says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatterkeep.channels.webhook import Webhook
from chatterkeep.domain.phone import parse_phone
from chatterkeep.domain.signatures import read_secret
from chatterkeep.services.outbound import NotSent, Outbound
from chatterkeep.services.ports import CarrierFailed
from chatterkeep.services.signatures import generate_secret
from chatterkeep.services.targets import Target
from tests.docs.texts import ROOT, blocks
from tests.make import make_phone
from tests.servers import free_port
from tests.waiting import until

SECRET = generate_secret()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def gateway(tmp_path: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """The program of the page, running."""
    (block,) = (one for one in blocks(ROOT / "docs" / "operations.md") if "gateway.py" in one.marks)
    file = tmp_path / "gateway.py"
    file.write_text(block.text)
    environment = os.environ | {"SECRET": SECRET, "PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, str(file)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        until(lambda: answers(port))
        yield process
        process.terminate()


def answers(port: int) -> bool:
    try:
        return Outbound(private=True).post(Target("http", "127.0.0.1", port, "/"), {}, b"").status > 0
    except NotSent:
        return False
    except Exception:
        return True


def carrier(port: int, secret: str = SECRET) -> Webhook:
    return Webhook(
        f"http://127.0.0.1:{port}/sms", read_secret(secret), Outbound(private=True), lambda: datetime.now(UTC)
    )


def test_it_sends_each_text_once_and_only_what_is_signed(gateway: "subprocess.Popen[str]", port: int) -> None:
    phone = parse_phone(make_phone(), "US")
    for _ in range(2):
        carrier(port).send(phone, "Your code is 111222.", "k1")
    with pytest.raises(CarrierFailed, match="403"):
        carrier(port, generate_secret()).send(phone, "Your code is 333444.", "k2")
    carrier(port).send(phone, "Your code is 555666.", "k3")
    gateway.terminate()
    assert gateway.stdout
    assert gateway.stdout.read().splitlines() == [
        f"{phone.e164} Your code is 111222.",
        f"{phone.e164} Your code is 555666.",
    ]
