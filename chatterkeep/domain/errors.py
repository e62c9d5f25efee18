"""What can go wrong, as facts with an address. The web layer alone decides which HTTP status each one is.

ChatterKeepError
├── InvalidInput          a field that cannot be used: which, why, and an example that works
│   ├── InvalidText       not text at all: NUL bytes, lone surrogates
│   ├── InvalidPhone      what we understood of a number that is none
│   └── InvalidFile       a file that is refused for what is in it, and the reason in one word
│       └── BrokenUpload  an upload that holds no file, or not exactly one
├── FileTooLarge          more bytes than a file may have
├── UnsupportedFile       a file that is of no kind we take, or not of the kind it says
├── Overloaded            we cannot do this at the moment; later we can
├── NotFound              absent, or not yours: nobody can tell which
├── DeliveryConflict      a delivery id used again for another message
├── RateLimited           too many messages; says when to come back
├── StoreBusy             the database could not be reached in time; nothing was stored
├── InvalidFlow           a dialogue file with mistakes, each a sentence
├── Refused               a credential or a right is missing
└── BadSignature          a request that is not signed by whom it should be, or not now
"""

from collections.abc import Sequence

from chatterkeep.domain.waits import spoken_wait


class ChatterKeepError(Exception):
    """Base of everything this application raises on purpose.

    `code` is the machine-readable name in the HTTP contract; `str(error)` is a sentence for people.
    """

    code = "INTERNAL_ERROR"


class InvalidInput(ChatterKeepError):
    """A value that cannot be used. Holds the field's name and a working example."""

    code = "VALIDATION_ERROR"

    def __init__(self, field: str, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.field = field
        self.hint = hint

    @property
    def example(self) -> str | None:
        """The working example in a sentence for people, if there is one."""
        return f"An example that works: {self.hint}" if self.hint else None

    @property
    def advice(self) -> str:
        """All of it in words for people."""
        return f"{self} {self.example}" if self.hint else str(self)


class InvalidText(InvalidInput):
    """A value that is not text: it holds NUL bytes or half of a surrogate pair."""


class InvalidPhone(InvalidInput):
    """A value that is no phone number; `understood` says how far we got."""

    def __init__(self, problem: str, understood: str, example: str) -> None:
        super().__init__("phone", problem, example)
        self.understood = understood


class InvalidFile(InvalidInput):
    """A file that is refused: `reason` is a word for programs, such as `cannot-extract`."""

    def __init__(self, reason: str, problem: str, hint: str = "") -> None:
        super().__init__("file", problem, hint)
        self.reason = reason


class BrokenUpload(InvalidFile):
    """An upload that does not hold exactly one file with something in it."""


class FileTooLarge(ChatterKeepError):
    """A file of more bytes than are taken."""

    code = "FILE_TOO_LARGE"

    def __init__(self, most: str) -> None:
        super().__init__(f"This file is too large: at most {most} are taken.")


class UnsupportedFile(ChatterKeepError):
    """A file of no kind that is taken, or whose name, declared type and content differ. `accepted` names the kinds."""

    code = "UNSUPPORTED_FILE_TYPE"

    def __init__(self, problem: str, accepted: str) -> None:
        super().__init__(f"{problem} We take {accepted}.")
        self.accepted = accepted


class Overloaded(ChatterKeepError):
    """Something that cannot be done now, and can be later; nothing was stored."""

    code = "OVERLOADED"


class NotFound(ChatterKeepError):
    """Something that does not exist, or that the caller may not know exists."""

    def __init__(self, thing: str) -> None:
        super().__init__(f"There is no such {thing}.")
        self.thing = thing
        self.code = f"{thing.upper()}_NOT_FOUND"


class DeliveryConflict(ChatterKeepError):
    """The same delivery id arrived before with another message."""

    code = "IDEMPOTENCY_CONFLICT"

    def __init__(self) -> None:
        super().__init__("This delivery id was already used for another message.")


class RateLimited(ChatterKeepError):
    """More than the allowed number of messages: `allowed` in a window, the next in `retry_after` whole seconds."""

    code = "RATE_LIMIT_EXCEEDED"

    def __init__(self, limit: str, allowed: int, retry_after: int) -> None:
        super().__init__(f"This is a little fast: at most {limit}. Try again in {spoken_wait(retry_after)}.")
        self.limit = limit
        self.allowed = allowed
        self.retry_after = retry_after


class StoreBusy(ChatterKeepError):
    """The database could not be written in time. Nothing was stored: the same request may be sent again."""

    code = "STORE_BUSY"

    def __init__(self, reason: str = "The database is busy.") -> None:
        super().__init__(f"{reason} Nothing was stored; please send the same request again.")


class InvalidFlow(ChatterKeepError):
    """A dialogue that cannot be used. Each problem is a sentence naming the file and the state."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class InvalidTools(ChatterKeepError):
    """Tools that cannot be used. Each problem is a sentence naming the file and the tool."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Refused(ChatterKeepError):
    """A missing or insufficient credential. `known` tells whether we know who is calling."""

    def __init__(self, reason: str, hint: str = "", *, known: bool = False) -> None:
        super().__init__(reason)
        self.hint = hint
        self.known = known
        self.code = "FORBIDDEN" if known else "UNAUTHORIZED"


class BadSignature(ChatterKeepError):
    """A request whose signature does not fit: one wording for every reason, so that nobody learns which it was."""

    code = "BAD_SIGNATURE"

    def __init__(self) -> None:
        super().__init__("The signature does not fit this request, or its time is not now.")
