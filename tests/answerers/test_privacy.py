"""Neither the key nor a word of the conversation is in an error or a log."""

import logging
import subprocess
import sys
import traceback

import pytest

from chatterkeep.answerers.openai_chat import OpenAIChat
from tests.answerers.asking import KEY, QUESTION, SYSTEM, ask
from tests.llm.faults import SCRIPTS
from tests.llm.server import LLM
from tests.source import ROOT

PRIVATE = (KEY, QUESTION, SYSTEM, "plum", "gardeners")
QUICK = sorted(name for name in SCRIPTS if not name.startswith(("slow-", "hang", "drip", "trickle", "tiny")))


@pytest.mark.parametrize("fault", [*QUICK, "refuse"])
def test_nothing_private_is_told(chat: OpenAIChat, fake: LLM, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake.echo, fake.fault = True, fault
    error = ask(chat).error
    told = caplog.text + ("".join(traceback.format_exception(error)) if error else "")
    assert [word for word in PRIVATE if word in told] == []
    assert [record for record in caplog.records if record.name.startswith(("openai", "http"))] == []


def test_an_error_holds_on_to_nothing_that_was_said(chat: OpenAIChat, fake: LLM) -> None:
    fake.fault = "unauthorized"
    error = ask(chat).error
    assert error
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_who_has_no_language_model_does_not_load_its_sdk() -> None:
    code = (
        "import sys, chatterkeep.answerers.canned\n"
        "from chatterkeep.answerers.openai_chat import OpenAIChat\n"
        "OpenAIChat('', '', 'a-model', 0.2, 256)\n"
        "print({'openai', 'httpx2', 'httpcore2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
