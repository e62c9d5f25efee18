"""The same code runs in the greenlets of a patched worker: it waits for nobody, and is drained at the end."""

import subprocess
import sys

from tests.gateway import answer, running_gateway
from tests.source import ROOT

CODE = """
from gevent import monkey; monkey.patch_all()
import sys, time
from datetime import UTC, datetime
from chatterkeep.channels.webhook import Webhook
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.outbound import Outbound
from chatterkeep.services.outgoing import Outgoing

def now():
    return datetime.now(UTC)

outgoing = Outgoing(Webhook(sys.argv[1], b"x" * 32, Outbound(private=True), now), now)
begun = time.monotonic()
for n in range(100):
    outgoing.send(PhoneNumber("+14155550123"), "Your code is 111222.", f"k{n}")
assert time.monotonic() - begun < 0.5
outgoing.close()
print(outgoing.at_rest)
"""


def test_a_patched_worker_hands_over_all_that_waits_before_it_ends() -> None:
    with running_gateway() as gateway:
        gateway.answers = [answer("503 Busy")]
        command = [sys.executable, "-c", CODE, gateway.url("localhost")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert "Error" not in done.stderr
        assert done.stdout == "True\n"
        assert len({heard.headers["webhook-id"] for heard in gateway.heard}) == 100
