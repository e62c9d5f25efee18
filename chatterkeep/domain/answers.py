"""What comes back from an answerer: text in pieces, what it used, or why there is no answer."""

from dataclasses import dataclass
from enum import StrEnum


class Failure(StrEnum):
    """Why an answerer gave no answer."""

    UNREACHABLE = "unreachable"
    NO_FIRST_TOKEN = "no_first_token"  # noqa: S105 - a word of a language model, no secret
    STALLED = "stalled"
    TOO_SLOW = "too_slow"
    CUT_OFF = "cut_off"
    MALFORMED = "malformed"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"
    BAD_REQUEST = "bad_request"
    OVER_QUOTA = "over_quota"
    SERVER_ERROR = "server_error"
    OPEN_CIRCUIT = "open_circuit"
    BROKEN = "broken"


PASSING = frozenset(
    {
        Failure.UNREACHABLE,
        Failure.NO_FIRST_TOKEN,
        Failure.STALLED,
        Failure.CUT_OFF,
        Failure.MALFORMED,
        Failure.EMPTY,
        Failure.OVER_QUOTA,
        Failure.SERVER_ERROR,
    }
)
"""What may be gone a moment later, so that asking once more makes sense."""


class NoAnswer(Exception):
    """An answerer failed. `retry_after` is what the provider asks for, in seconds; `detail` quotes nothing private."""

    def __init__(self, failure: Failure, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{failure}: {detail}" if detail else failure.value)
        self.failure = failure
        self.retry_after = retry_after


class Unwanted(Exception):
    """Nobody waits for this answer any more: it was stopped, or another process writes it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take, in seconds: to its first token, between two, and in all."""

    first: float
    between: float
    total: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that an answer cost, as the provider counts them, and the model that wrote it."""

    model: str
    prompt_tokens: int
    completion_tokens: int
