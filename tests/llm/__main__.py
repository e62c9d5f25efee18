"""Runs the fake server from the command line: `python -m tests.llm --port 9000 --fault none`."""

import argparse
import asyncio
from contextlib import suppress

from tests.llm.faults import SCRIPTS
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.llm", description="A language model to test against.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--first", type=float, default=0.2, help="seconds to the first token")
    parser.add_argument("--between", type=float, default=0.02, help="seconds between two tokens")
    parser.add_argument("--tokens", type=int, default=20, help="how many tokens an answer has")
    parser.add_argument("--says", help="the text to answer with")
    parser.add_argument("--tool", metavar="NAME", help="a tool to call before each answer, which repeats its result")
    parser.add_argument("--arguments", default="{}", metavar="JSON", help="what the tool is given")
    parser.add_argument("--echo", action="store_true", help="answer with the question")
    parser.add_argument(
        "--fault", default="none", choices=[*SCRIPTS, "refuse"], metavar="NAME", help=", ".join(SCRIPTS)
    )
    given = parser.parse_args()
    llm = LLM(given.first, given.between, given.tokens, given.says, given.echo, given.port)
    llm.fault = given.fault
    if given.tool:
        llm.wants, llm.retells = [Round([Wanted(given.tool, given.arguments)])], True
    with suppress(KeyboardInterrupt):
        asyncio.run(llm.serve(lambda: tell(llm)))


def tell(llm: LLM) -> None:
    """Say where the server is and how to use it."""
    print(f"A fake language model answers at {llm.url}")  # noqa: T201
    print(f"Point ChatterKeep at it: OPENAI_BASE_URL={llm.url} OPENAI_API_KEY=any")  # noqa: T201
    control = f'curl -d \'{{"fault": "500", "seconds": 10}}\' {llm.url.removesuffix("/v1")}/control'
    print(f"Let it fail: write fault:hang in a message, or {control}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
