"""One request to a tool: made from what a model wrote and what is known of the customer, sent, and read."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from chatterkeep.domain.addresses import UnfitValue
from chatterkeep.domain.scrub import Scrubber
from chatterkeep.domain.tools import Tool, ToolFailed, ToolFailure, picked, result_text
from chatterkeep.services.outbound import Bounds, NotSent, Outbound, Response, Unanswered
from chatterkeep.services.targets import ForbiddenTarget, Target, parse_target
from chatterkeep.toolbox.schemas import argument_problems

LONGEST_ARGUMENTS: Final = 8 * 1024
"""Characters of the arguments of one call."""

_NOT_KNOWN: Final = "It is not known whether it was done."
_NEVER_SENT: Final = "Nothing was done."


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A request that is ready to be sent. Its repr shows nothing: it holds what a person wrote, and secrets."""

    tool: Tool
    target: Target
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"ToolRequest({self.tool.name})"


def prepare(tool: Tool, written: str, context: Mapping[str, Any], scrubber: Scrubber, purpose: str) -> ToolRequest:
    """Make the request of a call; `purpose` tells it apart from all others. Raises ToolFailed."""
    values = _values(tool, _arguments(tool, written, scrubber), context)
    try:
        target = parse_target(tool.address.fill({name: values[name] for name in tool.address.slots & values.keys()}))
    except UnfitValue as error:
        raise ToolFailed(ToolFailure.BAD_ARGUMENTS, str(error)) from None
    except ForbiddenTarget:
        raise ToolFailed(ToolFailure.REFUSED_TARGET) from None
    headers = {name: secret.reveal() for name, secret in tool.headers.items()}
    headers |= {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "ChatterKeep"}
    if not tool.acts:
        return ToolRequest(tool, target, headers, b"")
    told = {name: value for name, value in values.items() if name not in tool.address.slots}
    body = json.dumps(told).encode()
    headers |= {"Content-Type": "application/json", "Idempotency-Key": _key(purpose, tool.name, target.path, body)}
    return ToolRequest(tool, target, headers, body)


def send(request: ToolRequest, outbound: Outbound, wanted: Callable[[], bool]) -> str:
    """Send a request and return the answer as JSON, of the fields that are passed on. Raises ToolFailed."""
    tool = request.tool
    bounds = Bounds(tool.seconds, tool.largest + 1, wanted)
    try:
        return _read(tool, _sent(request, outbound, bounds))
    except ForbiddenTarget:
        raise ToolFailed(ToolFailure.REFUSED_TARGET) from None
    except NotSent as error:
        failure = ToolFailure.TIMED_OUT if str(error) == "TimeoutError" else ToolFailure.UNREACHABLE
        raise ToolFailed(failure, _NEVER_SENT if tool.acts else "") from None
    except Unanswered as error:
        failure = ToolFailure.TIMED_OUT if str(error) == "TimeoutError" else ToolFailure.BROKEN_OFF
        raise ToolFailed(failure, _NOT_KNOWN if tool.acts else "") from None


def _sent(request: ToolRequest, outbound: Outbound, bounds: Bounds) -> Response:
    """Send it; where nobody was reached, a GET is tried once more."""
    tool = request.tool
    try:
        return outbound.send(tool.method, request.target, request.headers, request.body, bounds)
    except NotSent as error:
        if tool.acts or str(error) == "TimeoutError" or not bounds.wanted():
            raise
    return outbound.send(tool.method, request.target, request.headers, request.body, bounds)


def _read(tool: Tool, response: Response) -> str:
    if not 200 <= response.status < 300:
        raise ToolFailed(_failure(response.status), f"HTTP {response.status}")
    if len(response.body) > tool.largest:
        raise ToolFailed(ToolFailure.TOO_LARGE)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.headers.get("content-encoding", "identity") != "identity" or not _is_json(kind):
        raise ToolFailed(ToolFailure.NOT_JSON)
    try:
        answer = json.loads(response.body.decode())
    except (ValueError, RecursionError):
        raise ToolFailed(ToolFailure.NOT_JSON) from None
    if not isinstance(answer, dict | list):
        raise ToolFailed(ToolFailure.NOT_JSON)
    result = result_text(picked(answer, tool.fields))
    for secret in tool.headers.values():
        result = secret.hide_in(result)
    return result


def _failure(status: int) -> ToolFailure:
    if status in (404, 410):
        return ToolFailure.NOT_FOUND
    if status >= 500 or status == 429:
        return ToolFailure.FAILED
    return ToolFailure.REFUSED if status >= 400 else ToolFailure.REDIRECTED


def _is_json(kind: str) -> bool:
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _arguments(tool: Tool, written: str, scrubber: Scrubber) -> dict[str, Any]:
    """Read what a model wrote, with the values of placeholders back in. Raises ToolFailed."""
    if len(written) > LONGEST_ARGUMENTS:
        raise ToolFailed(ToolFailure.BAD_ARGUMENTS, f"more than {LONGEST_ARGUMENTS} characters")
    try:
        arguments = json.loads(written.strip() or "{}", parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ToolFailed(ToolFailure.BAD_ARGUMENTS, "no JSON") from None
    if not isinstance(arguments, dict):
        raise ToolFailed(ToolFailure.BAD_ARGUMENTS, "no JSON object")
    restored: dict[str, Any] = _restored(arguments, scrubber)
    if restored != arguments and not tool.personal:
        raise ToolFailed(ToolFailure.PERSONAL_DATA)
    if problems := argument_problems(tool.asked_of_model, restored):
        raise ToolFailed(ToolFailure.BAD_ARGUMENTS, "; ".join(problems))
    return restored


def _values(tool: Tool, arguments: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Add the arguments that come from the context. Raises ToolFailed where it lacks one, or has an unfit one."""
    values = {**arguments, **{name: context[name] for name in tool.from_context if name in context}}
    if argument_problems(tool.arguments, values):
        raise ToolFailed(ToolFailure.NO_CONTEXT)
    return {name: value for name, value in values.items() if value is not None}


def _restored(value: Any, scrubber: Scrubber) -> Any:
    if isinstance(value, str):
        return scrubber.restore(value)
    if isinstance(value, list):
        return [_restored(item, scrubber) for item in value]
    if isinstance(value, dict):
        return {key: _restored(item, scrubber) for key, item in value.items()}
    return value


def _no_number(word: str) -> None:
    raise ValueError(word)


def _finite(written: str) -> float:
    value = float(written)
    if not isfinite(value):
        raise ValueError
    return value


def _key(*parts: str | bytes) -> str:
    """A name for a request: the same for the same request of the same reply, should that be written once more."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:%b" % (len(data), data))
    return digest.hexdigest()[:32]
