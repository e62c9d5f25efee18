"""The same code runs in the greenlets of a patched worker."""

import subprocess
import sys

from tests.llm.server import LLM
from tests.source import ROOT

CODE = """
from gevent import monkey; monkey.patch_all()
import sys, gevent
from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.domain.answers import NoAnswer, Patience, Unwanted
from chatterkeep.domain.prompt import Prompt, PromptLine, Role
from chatterkeep.services.ports import Call

chat = OpenAIChat("key", sys.argv[1], "a-model", 0.2, 256)
chat.prepare()

def ask(question, call):
    try:
        return "".join(chat.answer(Prompt((PromptLine(Role.USER, question),)), call))
    except (NoAnswer, Unwanted) as error:
        return repr(error)

patience = Patience(60, 10, 90)
questions = [f"Question {number} of mine" for number in range(200)]
asked = [gevent.spawn(ask, question, Call(patience)) for question in questions]
hanging = gevent.spawn(ask, "fault:hang-mid-stream", Call(patience))
unwanted = Call(patience)
cancelled = gevent.spawn(ask, "fault:hang", unwanted)
gevent.sleep(0.5)
unwanted.cancel()
assert [greenlet.get(60) for greenlet in asked] == questions
print(hanging.get(60), cancelled.get(60))
chat.close()
"""


def test_greenlets_neither_mix_nor_wait_for_each_other(fake: LLM) -> None:
    fake.echo, fake.between = True, 0.01
    command = [sys.executable, "-c", CODE, fake.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.stderr == ""
    assert done.stdout == "NoAnswer('stalled') Unwanted()\n"
