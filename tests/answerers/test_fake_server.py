"""The fake server as a command, and under the control of whoever runs it."""

import json
import signal
import subprocess
import sys
import urllib.request
from typing import Any

from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.domain.answers import Failure
from tests.answerers.asking import ask, chat_with
from tests.llm.server import LLM
from tests.source import ROOT


def control(fake: LLM, **orders: Any) -> None:
    """Change a server's settings the way another program would."""
    address = f"{fake.url.removesuffix('/v1')}/control"
    with urllib.request.urlopen(address, json.dumps(orders).encode(), timeout=60) as response:
        assert response.status == 200


def test_the_command_says_how_to_use_it() -> None:
    command = [sys.executable, "-m", "tests.llm", "--port", "0", "--first", "0", "--between", "0", "--tokens", "3"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, preexec_fn=_hear_interrupts, **pipes) as server:
        assert server.stdout
        assert server.stderr
        url = server.stdout.readline().split()[-1]
        assert f"OPENAI_BASE_URL={url} OPENAI_API_KEY=any" in server.stdout.readline()
        with chat_with(url) as chat:
            assert ask(chat).text.endswith(": the answer")
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
        assert server.stderr.read() == ""


def _hear_interrupts() -> None:
    """Take Ctrl-C, also where the tests run in the background of a shell, which has its jobs ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_message_may_ask_for_a_fault(chat: OpenAIChat) -> None:
    outcome = ask(chat, "Please fault:html now")
    assert outcome.error
    assert outcome.error.failure is Failure.MALFORMED


def test_a_fault_heals_when_it_was_told_to(chat: OpenAIChat, fake: LLM) -> None:
    control(fake, fault="refuse", seconds=2, tokens=5)
    outcomes = [ask(chat)]
    while outcomes[-1].error and outcomes[-1].error.failure is Failure.UNREACHABLE:
        outcomes.append(ask(chat))
    assert len(outcomes) > 1
    assert outcomes[-1].error is None
    assert outcomes[-1].call.usage
    assert outcomes[-1].call.usage.completion_tokens == 5


def test_it_lists_its_models(fake: LLM) -> None:
    with urllib.request.urlopen(f"{fake.url}/models", timeout=60) as response:
        assert [model["id"] for model in json.load(response)["data"]] == ["fake-1", "fake-embed-1"]
