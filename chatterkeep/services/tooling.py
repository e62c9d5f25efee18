"""Calls tools on behalf of a model: as many as it wants at once, within bounds, and never longer than it is wanted."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from chatterkeep.domain.answers import NoAnswer, Unwanted
from chatterkeep.domain.basis import ToolUse
from chatterkeep.domain.scrub import Scrubber
from chatterkeep.domain.tools import (
    UNKNOWN,
    Tool,
    ToolCall,
    ToolFailed,
    ToolFailure,
    clipped,
    failure_text,
    framed,
)
from chatterkeep.services.breaker import Breaker
from chatterkeep.services.measures import TOOL_CALLS, TOOL_SECONDS
from chatterkeep.services.outbound import Outbound, always
from chatterkeep.services.ports import SLICE, Call
from chatterkeep.services.toolrequests import ToolRequest, prepare, send

log = logging.getLogger(__name__)

MOST_CALLS: Final = 8
"""Calls of tools for one answer."""

BUDGET: Final = 1000
"""Tokens of one result that a model is shown, roughly."""

_SICK: Final = frozenset(
    {
        ToolFailure.UNREACHABLE,
        ToolFailure.TIMED_OUT,
        ToolFailure.BROKEN_OFF,
        ToolFailure.FAILED,
        ToolFailure.TOO_LARGE,
        ToolFailure.NOT_JSON,
    }
)
"""Failures of the tool itself, after several of which it is left alone for a while."""

_Result = Future[str]


class Tooling:
    """The declared tools, and the way to them."""

    def __init__(self, tools: Sequence[Tool], outbound: Outbound, breaker_of: Callable[[str], Breaker]) -> None:
        self.tools = tuple(tools)
        self._outbound = outbound
        self._breakers = {tool.name: breaker_of(tool.name) for tool in tools}

    def at_hand(self, context: Mapping[str, Any], scrubber: Scrubber, purpose: str) -> "AtHand":
        """Return the tools for one answer, to a customer of whom this context is known; `purpose` names the answer."""
        return AtHand(self, context, scrubber, purpose)

    def try_out(self, name: str, arguments: str, context: Mapping[str, Any]) -> str:
        """Call a tool once and return what a model would be given. Raises ToolFailed."""
        tool = self.find(name)
        if tool is None:
            raise self.unknown()
        request = prepare(tool, arguments, context, Scrubber("ZZ"), uuid4().hex)
        return framed(clipped(send(request, self._outbound, always), BUDGET), BUDGET)

    def unknown(self) -> ToolFailed:
        """Return the failure of a call of a tool that is none."""
        return ToolFailed(ToolFailure.UNKNOWN_TOOL, f"known are {', '.join(tool.name for tool in self.tools)}")

    def find(self, name: str) -> Tool | None:
        """Return a tool by its name."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def begin(self, request: ToolRequest, wanted: Callable[[], bool]) -> _Result:
        """Send a request in a thread of its own: a look-up of a name and a connection know no slices."""
        made: _Result = Future()
        threading.Thread(target=self._fulfil, args=(made, request, wanted), name="tool", daemon=True).start()
        return made

    def allows(self, tool: Tool) -> bool:
        """Tell whether a tool may be asked now."""
        return self._breakers[tool.name].allows()

    def _fulfil(self, made: _Result, request: ToolRequest, wanted: Callable[[], bool]) -> None:
        begun, breaker = time.monotonic(), self._breakers[request.tool.name]
        try:
            answer = send(request, self._outbound, wanted)
        except ToolFailed as error:
            # whoever gave up is the reason, whatever the connection says of it
            given_up = error.failure in _SICK and not wanted()
            if error.failure not in _SICK:
                breaker.worked()
            elif not given_up:
                breaker.failed()
            made.set_exception(ToolFailed(ToolFailure.GIVEN_UP) if given_up else error)
        except Exception as error:
            log.exception("tool.broken")
            made.set_exception(ToolFailed(ToolFailure.FAILED, type(error).__name__))
        else:
            breaker.worked()
            made.set_result(answer)
        TOOL_SECONDS.labels(request.tool.name).observe(time.monotonic() - begun)


class AtHand:
    """The tools for one answer. For one thread."""

    def __init__(self, tooling: Tooling, context: Mapping[str, Any], scrubber: Scrubber, purpose: str) -> None:
        self._tooling = tooling
        self._context = context
        self._scrubber = scrubber
        self._purpose = purpose
        self._calls = 0

    @property
    def offered(self) -> Sequence[Tool]:
        """What a model may call."""
        return self._tooling.tools

    def use(self, wanted: Sequence[ToolCall], call: Call) -> list[str]:
        """Make these calls, all at once, and return what the model is given for each. Raises Unwanted and NoAnswer."""
        over = threading.Event()
        begun = [self._begun(one, call, lambda: not (call.cancelled or over.is_set())) for one in wanted]
        try:
            while wait(begun, SLICE).not_done:
                call.check_total()
        except (Unwanted, NoAnswer):
            over.set()
            for one, result in zip(wanted, begun, strict=True):
                self._note(one, _failure(result) if result.done() else ToolFailure.GIVEN_UP, call)
            raise
        return [self._told(one, result, call) for one, result in zip(wanted, begun, strict=True)]

    def _begun(self, wanted: ToolCall, call: Call, is_wanted: Callable[[], bool]) -> _Result:
        try:
            request = self._prepared(wanted)
            call.acted = call.acted or request.tool.acts
            return self._tooling.begin(request, is_wanted)
        except ToolFailed as error:
            failed: _Result = Future()
            failed.set_exception(error)
            return failed

    def _prepared(self, wanted: ToolCall) -> ToolRequest:
        self._calls += 1
        tool = self._tooling.find(wanted.name)
        if self._calls > MOST_CALLS:
            raise ToolFailed(ToolFailure.TOO_MANY_CALLS)
        if tool is None:
            raise self._tooling.unknown()
        request = prepare(tool, wanted.arguments, self._context, self._scrubber, self._purpose)
        if not self._tooling.allows(tool):
            raise ToolFailed(ToolFailure.UNAVAILABLE)
        return request

    def _told(self, wanted: ToolCall, result: _Result, call: Call) -> str:
        self._note(wanted, _failure(result), call)
        error = result.exception()
        if isinstance(error, ToolFailed):
            return failure_text(error.failure, error.detail)
        return framed(self._scrubber.scrub(clipped(result.result(), BUDGET)), BUDGET)

    def _note(self, wanted: ToolCall, failure: ToolFailure | None, call: Call) -> None:
        """Count a call, log it, and keep it with the answer."""
        tool = self._tooling.find(wanted.name)
        why = failure.value if failure else None
        use = ToolUse(tool.name, why, tool.title, tool.acts) if tool else ToolUse(UNKNOWN, why)
        TOOL_CALLS.labels(use.name, why or "ok").inc()
        log.info("tool.used", extra={"tool": use.name, "outcome": why or "ok"})
        call.basis = replace(call.basis, tools=(*call.basis.tools, use))


def _failure(result: _Result) -> ToolFailure | None:
    """Why a finished call gave nothing; None where it gave something."""
    error = result.exception()
    return error.failure if isinstance(error, ToolFailed) else None
