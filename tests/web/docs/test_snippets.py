"""What the page gives people to copy is run against a real server, by a shell, Python and Node, in the order shown."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.docs.test_runnable import plain
from tests.fuzz.openapi import make_key
from tests.llm.server import LLM
from tests.servers import Server, free_port, plain_environment, running
from tests.signing import SECRET, TOKEN, signed, twilio_signed
from tests.web.docs.typed import request_of, shown

LANGUAGES = {
    "curl": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-I", "-c"],
    "javascript": ["node", "--input-type=module", "--eval"],
}
NEEDED = {"curl": "curl", "python": sys.executable, "javascript": "node"}
REQUIRED = os.environ.get("CHATTERKEEP_REQUIRE_SERVICES") == "1"


@dataclass
class Reader:
    """Somebody who copies requests from the page, and puts in what they have."""

    server: Server
    language: str
    folder: Path
    known: dict[str, str]
    count: int = field(default=0)

    def run(self, text: str) -> str:
        """Run a request; return what it prints."""
        self.count += 1
        known = self.known | {"DELIVERY": f"sms-{self.count}"}
        if self.language == "curl":
            known |= self._signature(text, known["DELIVERY"])
        else:
            text = re.sub(r"\$([A-Z]+)\b", lambda found: known[found[1]], text)
        done = subprocess.run(
            [*LANGUAGES[self.language], text],
            cwd=self.folder,
            env=plain_environment() | known,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        return done.stdout

    def learn(self, answer: Any) -> None:
        """Keep what later requests name: the first session that was opened, then the one started; its parts."""
        if "token" in answer:
            started = "context" in answer
            self.known["ID"] = answer["session_id"] if started else self.known.get("ID") or answer["id"]
        if "conversations" in answer:
            self.known["TALK"] = answer["conversations"][0]["id"]
        if "passages" in answer:
            self.known["DOCUMENT"] = answer["id"]
            self.known["PASSAGE"] = self._passage()
        if "file_id" in answer:
            self.known["FILE"] = answer["file_id"]
        if answer.get("status") == "message_sent":
            self.known["REPLY"] = answer["reply_id"]

    def _passage(self) -> str:
        """The id that an answer would cite, if there were one that rests on a document."""
        with closing(sqlite3.connect(self.server.data / "chatterkeep.sqlite3")) as database:
            return str(database.execute("SELECT public_id FROM passages").fetchone()[0])

    def _signature(self, line: str, delivery: str) -> dict[str, str]:
        """What a shell has no words for: the gateway, and Twilio, would sign this request so."""
        if "$SIGNATURE" not in line:
            return {}
        request = request_of(line, self.server.url)
        if "X-Twilio-Signature" in line:
            headers = twilio_signed(dict(parse_qsl(request["data"])), self.server.url + request["path"])
            return {"SIGNATURE": headers["X-Twilio-Signature"]}
        moment = int(time.time())
        return {"TIME": str(moment), "SIGNATURE": _sign(request["data"].encode(), delivery, moment)}


def _sign(body: bytes, delivery: str, moment: int) -> str:
    return signed(body, delivery, datetime.fromtimestamp(moment, UTC))["webhook-signature"]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """A language whose interpreter is here. Where it is not, the test is skipped, or fails if services are required."""
    if not shutil.which(NEEDED[request.param]):
        (pytest.fail if REQUIRED else pytest.skip)(f"{NEEDED[request.param]} is not installed")
    return str(request.param)


@pytest.fixture
def reader(language: str, tmp_path: Path, template: Path) -> Iterator[Reader]:
    """A server of its own for each: the requests tell a story. The model takes its time, so that it can be stopped."""
    data, port = Path(shutil.copytree(template, tmp_path / "data")), free_port()
    key = make_key(data, "admin")
    with LLM(first_token=4, says="Meow.").running() as model:
        settings = {
            "CHATTERKEEP_API_AUTH": "required",
            "CHATTERKEEP_CHANNEL_SECRETS": SECRET,
            "CHATTERKEEP_TWILIO_TOKENS": TOKEN,
            "CHATTERKEEP_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "tests",
        }
        with running(data, workers=1, port=port, **settings) as server:
            (tmp_path / "cats.txt").write_text("Cats say meow.\n")
            yield Reader(server, language, tmp_path, {"KEY": key, "SECRET": SECRET, "TOKEN": TOKEN})


@pytest.mark.slow
def test_every_request_does_what_the_page_says(reader: Reader) -> None:
    page = reader.server.get("/docs").body.decode()
    requests = shown(page, reader.language)
    assert len(requests) == len(shown(page)) > 20
    for text, answer in requests:
        printed = reader.run(text).replace("fake-1", "gpt-4.1-mini")
        if answer.startswith("{"):
            assert json.loads(plain(printed)) == json.loads(plain(answer)), text
            reader.learn(json.loads(printed))
        else:
            assert all(line.partition("{")[0].strip() in printed for line in answer.splitlines()), printed
