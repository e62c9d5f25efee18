"""The same code runs in the greenlets of a patched worker: it waits for nobody, and is drained at the end."""

import socket
import subprocess
import sys
import threading

from tests.gateway import answer, running_gateway
from tests.source import ROOT

CODE = """
from gevent import monkey; monkey.patch_all()
import sys
from datetime import UTC, datetime
from chatterkeep.channels.webhook import Webhook
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.outbound import Outbound
from chatterkeep.services.outgoing import Outgoing

def now():
    return datetime.now(UTC)

outgoing = Outgoing(Webhook(sys.argv[1], b"x" * 32, Outbound(private=True), now), now)
for n in range(100):
    outgoing.send(PhoneNumber("+14155550123"), "Your code is 111222.", f"k{n}")
print("asked for", flush=True)
outgoing.close()
print(outgoing.at_rest)
"""


def test_a_patched_worker_hands_over_all_that_waits_before_it_ends() -> None:
    asked, waited = threading.Event(), list[bool]()

    def answer_when_all_is_asked_for(connection: socket.socket) -> None:
        waited.append(asked.wait(4))  # less than the sender's own deadline
        connection.sendall(answer("503 Busy"))

    with running_gateway() as gateway:
        gateway.answers = [answer_when_all_is_asked_for]
        command = [sys.executable, "-c", CODE, gateway.url("localhost")]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "asked for\n"
            asked.set()
            told, complaints = process.communicate(timeout=120)
        assert "Error" not in complaints
        assert told == "True\n"
        assert waited == [True], "whoever asked for texts waited for one of them"
        assert len({heard.headers["webhook-id"] for heard in gateway.heard}) == 100
