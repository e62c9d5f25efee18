"""Words and places for the pages on which numbers are proved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for

from chatterkeep.domain.proofs import TRIES, Allowance, Attempt, Tried, Verdict
from chatterkeep.domain.waits import spoken_wait
from chatterkeep.web.chat.bubbles import clock_time

_GOOD_FOR: Final = "Code is valid 10 minutes; older codes still work."
_USUAL: Final = Allowance()
_LIMITS: Final = (
    f"At most {_USUAL.hourly} codes in an hour and {_USUAL.daily} in a day go to one number. If none comes, text us "
    "the code below."
)


@dataclass(frozen=True, slots=True)
class NumberView:
    """The page that asks which number is to be proved."""

    action: str
    phone: str
    error: str | None
    hint: str | None
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardView:
    """Whether the code of the page was texted in, and when the page asks again; None where only a person asks."""

    page_url: str
    heard_url: str
    heard: bool
    hearing: str
    look_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyView(HeardView):
    """The page of one attempt."""

    phone: str
    shown: str
    number: str
    sms_url: str
    ends: str
    ends_iso: str
    reachable: bool
    unreachable: str
    asked: bool
    locked: str
    logged: bool
    wait: int
    good_for: str
    limits: str
    error: str | None
    send_url: str
    change_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class Means:
    """What whoever runs it offers: whether codes can be sent at all, whether to this number, where to text to.

    `is_logged` tells that they reach nothing but the server's log.
    """

    carrier: bool
    reaches: bool
    number: str
    is_logged: bool


def number_view(token: str, spelling: str, error: str | None = None, hint: str | None = None) -> NumberView:
    """Word the question for a number."""
    return NumberView(
        action=url_for("verify.begin", token=token),
        phone=spelling,
        error=error,
        hint=hint,
        back_url=url_for("chat.show_thread", token=token),
    )


def heard_view(place: tuple[str, str], attempt: Attempt, now: datetime, *, pressed: bool = False) -> HeardView:
    """Word whether a code was heard; `place` are the tokens of the page and of the attempt."""
    token, proof = place
    return HeardView(
        page_url=url_for("verify.show", token=token, proof=proof),
        heard_url=url_for("verify.show_heard", token=token, proof=proof),
        heard=attempt.heard,
        hearing=_hearing(attempt, now, pressed=pressed),
        look_after=None if attempt.heard else attempt.next_look(now),
    )


def verify_view(
    place: tuple[str, str], attempt: Attempt, means: Means, now: datetime, error: str | None = None
) -> VerifyView:
    """Word an attempt for its page."""
    token, proof = place
    heard = heard_view(place, attempt, now)
    return VerifyView(
        page_url=heard.page_url,
        heard_url=heard.heard_url,
        heard=heard.heard,
        hearing=heard.hearing,
        look_after=heard.look_after,
        phone=attempt.phone.masked,
        shown=attempt.shown,
        number=means.number,
        sms_url="sms:" + "".join(c for c in means.number if c in "+0123456789"),
        ends=clock_time(attempt.ends_at),
        ends_iso=attempt.ends_at.isoformat(timespec="seconds"),
        reachable=means.reaches,
        unreachable=_unreachable(means),
        asked=attempt.asked > 0,
        locked=_locked(attempt, now),
        logged=means.is_logged,
        wait=attempt.wait(now),
        good_for=_good_for(attempt),
        limits=_LIMITS,
        error=error,
        send_url=url_for("verify.send_code", token=token, proof=proof),
        change_url=url_for("verify.ask_number", token=token),
        back_url=url_for("chat.show_thread", token=token),
    )


def refusal(tried: Tried, attempt: Attempt, now: datetime) -> str:
    """Word why a code proved nothing, and what to do."""
    match tried.verdict:
        case Verdict.WRONG:
            return f"That is not the code. {_tries(tried.left)} left."
        case Verdict.SPENT:
            wait = attempt.wait(now)
            when = f" in {spoken_wait(wait)}" if wait else ""
            return f"That code was tried {TRIES} times and is worth nothing now. Ask for a new one{when}."
        case Verdict.LOCKED:
            return "There were too many wrong codes for this number."
    return "There is no code that is still good. Ask for a new one."


def _locked(attempt: Attempt, now: datetime) -> str:
    wait = attempt.locked_for(now)
    if not wait:
        return ""
    return f"After too many wrong codes none is taken now. Text us the code below, or come back in {spoken_wait(wait)}."


def _good_for(attempt: Attempt) -> str:
    return _GOOD_FOR if attempt.left is None else f"{_GOOD_FOR} {_tries(attempt.left)} left."


def _tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count or 'No'} tries"


def _unreachable(means: Means) -> str:
    what = "to numbers of this country" if means.carrier else "from here"
    return f"Codes cannot be sent {what}. Text us the code below instead."


def _hearing(attempt: Attempt, now: datetime, *, pressed: bool) -> str:
    if attempt.heard:
        return "Your message has come."
    if pressed:
        return "Nothing has come yet. It can take a minute."
    return "This page goes on once your message has come." if attempt.next_look(now) else "Nothing has come so far."
