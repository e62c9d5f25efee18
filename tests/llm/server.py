"""The fake server: `with LLM().running() as fake: …`, then `fake.url`, `fake.requests`, `fake.fault = "hang"`."""

import asyncio
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.llm import embeddings
from tests.llm.connection import Connection, Request
from tests.llm.faults import SCRIPTS, Order, Step
from tests.llm.replies import words
from tests.llm.toolcalls import Round, asks, results_in, rounds_in

_NAMED = re.compile(r"fault:([\w-]+)")


@dataclass
class LLM:
    """A server and its settings; change them at any time, from any thread. Times are in seconds.

    `says` is the text to answer; without it the answer follows from the question: `tokens` words of the server's own,
    or with `echo` the question itself. A question that contains `fault:NAME` is answered with that fault.
    `wants` are the rounds of calls of tools that come before an answer, where tools are offered; with `endless`, the
    last of them comes again and again, and a `stubborn` one calls even where it was told not to. With `retells` an
    answer repeats what the tools gave.
    `embedded` holds the headers and texts of requests for embeddings; they fail as `embedding_fault` says (a name from
    `embeddings.FAULTS`, or `hang`), and texts of more than `longest` characters are refused, as are those
    that hold the word `refused`.
    """

    first_token: float = 0.0
    between: float = 0.0
    tokens: int = 20
    says: str | None = None
    echo: bool = False
    port: int = 0
    tls: ssl.SSLContext | None = None
    wants: list[Round] = field(default_factory=list)
    endless: bool = False
    stubborn: bool = False
    retells: bool = False
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=10_000))
    embedded: deque[tuple[dict[str, str], list[str]]] = field(default_factory=lambda: deque(maxlen=10_000))
    embedding_fault: str = "none"
    longest: int = 100_000
    refused: str | None = None
    connections: set[Connection] = field(default_factory=set)
    _fault: str = "none"
    _door: asyncio.Server | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """The base address to give to clients, with its `/v1`."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def fault(self) -> str:
        """How questions are answered that name no fault: a name from SCRIPTS, or `refuse`. Raises KeyError."""
        return self._fault

    @fault.setter
    def fault(self, name: str) -> None:
        SCRIPTS["none" if name == "refuse" else name]
        self._fault = name
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._use_door(), self._loop).result(60)

    @contextmanager
    def running(self) -> Iterator["LLM"]:
        """Serve, in a thread, until the block ends."""
        open_ = threading.Event()
        thread = threading.Thread(target=asyncio.run, args=(self.serve(open_.set),), daemon=True)
        thread.start()
        if not open_.wait(60):
            raise TimeoutError("The fake server did not start.")
        try:
            yield self
        finally:
            assert self._loop
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(60)

    async def serve(self, ready: Any = lambda: None) -> None:
        """Serve until told to stop; `ready` is called once the door is open."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._open()
        if self._fault == "refuse":
            self._close()
        ready()
        await self._stop.wait()
        self._loop = None
        self._close()
        self._hang_up()
        # those that have one foot in the door get through it, each by a task of the loop's own, and are shown out
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)
        await asyncio.sleep(0.01)
        self._hang_up()
        await asyncio.sleep(0.01)

    def script(self, request: Request) -> Iterator[Step]:
        """Note a request and decide how to answer it."""
        self.requests.append(request)
        question = request.question
        named = _NAMED.search(question)
        usage = bool((request.body.get("stream_options") or {}).get("include_usage"))
        results = results_in(request.body)
        pieces = re.findall(r"\s*\S+|\s+$", " ".join(results)) if results and self.retells else self._pieces(question)
        order = Order(question, pieces, self.first_token, self.between, usage)
        if round_ := self._wanted(request.body):
            return asks(round_, order)
        return SCRIPTS[named[1] if named and named[1] in SCRIPTS else self._fault](order)

    def embed(self, headers: dict[str, str], body: dict[str, Any]) -> bytes | None:
        """Note texts and return a response with their vectors, None to say nothing."""
        self.embedded.append((headers, body["input"]))
        return embeddings.response(body, self.embedding_fault, self.longest, self.refused)

    def control(self, orders: dict[str, Any]) -> None:
        """Change settings by the names of the fields; `{"fault": NAME, "seconds": n}` mends itself after n seconds."""
        for name in {"first_token", "between", "tokens", "says", "echo"} & orders.keys():
            setattr(self, name, orders[name])
        if "fault" in orders:
            self._order(orders["fault"])
        if "seconds" in orders:
            asyncio.get_running_loop().call_later(orders["seconds"], self._order, "none")

    def gone(self, request: Request, within: float = 30.0) -> bool:
        """Wait until the client of a request has closed its connection; say whether it has."""
        end = time.monotonic() + within
        while request.gone is None and time.monotonic() < end:
            time.sleep(0.005)
        return request.gone is not None

    def _wanted(self, body: dict[str, Any]) -> Round | None:
        if "tools" not in body or (body.get("tool_choice") == "none" and not self.stubborn):
            return None
        done = rounds_in(body)
        return self.wants[-1] if self.endless else self.wants[done] if done < len(self.wants) else None

    def _order(self, fault: str) -> None:
        self._fault = fault
        if fault == "refuse":
            self._close()
        elif self._door is None:
            self._opening = asyncio.ensure_future(self._open())

    def _pieces(self, question: str) -> list[str]:
        said = question if self.echo else self.says
        return words(question, self.tokens) if said is None else re.findall(r"\s*\S+|\s+$", said) or [""]

    async def _use_door(self) -> None:
        if self._fault == "refuse":
            self._close()
        elif self._door is None:
            await self._open()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self._door = await loop.create_server(
            lambda: Connection(self), "127.0.0.1", self.port, ssl=self.tls, backlog=4096, reuse_address=True
        )
        self.port = self._door.sockets[0].getsockname()[1]

    def _close(self) -> None:
        if self._door:
            self._door.close()
            self._door = None
        # not before the answer to whoever ordered this is written
        asyncio.get_running_loop().call_soon(self._hang_up)

    def _hang_up(self) -> None:
        for connection in list(self.connections):
            connection.close()
