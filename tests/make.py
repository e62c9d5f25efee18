"""Builders of what tests need. Everything is keyword-only, and every default is valid.

NAME, SONG, PASSWORD and the numbers of `make_phone` are canaries as well: tests/canary.py fails the test in whose log
one of them turns up. So let people in tests say NAME and SONG, not words of your own.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from chatterkeep.domain.conversation import Conversation, Owner, Status
from chatterkeep.domain.flow import Flow, State, Transition
from chatterkeep.domain.messages import Address, Channel, Delivery, Inbound
from chatterkeep.domain.phone import parse_phone
from chatterkeep.settings import Settings
from chatterkeep.storage.ring import KeyRing

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
NAME = "Quillfeather"
SONG = "Marmalade Skies"
PASSWORD = "Canary-Wharf-4711-staple"
ROOMY = {
    "limit_phone": "",
    "limit_address": "",
    "limit_total": "",
    "limit_login": "",
    "limit_llm": "",
    "limit_proof": "",
}
_numbers = count(1000)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def make_settings(*, data_dir: Path, **changes: Any) -> Settings:
    """Settings for trying things: open API, no limits, nothing that reaches a phone, every log line written."""
    values = {"api_auth": "open", "log_level": "DEBUG", "channel": "none", **ROOMY, **changes}
    return Settings(data_dir=data_dir, **values)


def make_phone() -> str:
    """A number nobody else in this process has, in E.164 form."""
    return f"+1415555{next(_numbers) % 10000:04d}"


def make_address(*, phone: str | None = None, channel: Channel = Channel.SMS) -> Address:
    return Address(channel, parse_phone(phone or make_phone(), "US"))


def make_inbound(
    *,
    text: str = "hello",
    sender: Address | None = None,
    delivery: str | None = None,
    form: str = "message",
) -> Inbound:
    scope = Delivery("sms:test", delivery) if delivery else None
    return Inbound(sender or make_address(), text, scope, form)


def make_state(*, name: str = "START", to: str = "END", reply: str = "Well?", **changes: Any) -> State:
    values = {"transitions": (make_transition(to=to, reply=(reply,)),), **changes}
    return State(name=name, **values)


def make_transition(*, to: str = "END", reply: tuple[str, ...] = ("Well?",), **changes: Any) -> Transition:
    return Transition(to=to, reply=reply, **changes)


def make_flow(*, states: tuple[State, ...] | None = None, **changes: Any) -> Flow:
    """A sound flow of two states, or of those given."""
    states = states or (make_state(), make_state(name="END", final=True))
    values = {
        "name": "test",
        "start": states[0].name,
        "help": "Say restart to start over.",
        "restart": "From the start, then.",
        "version": "0123456789ab",
        "source": "test.toml",
        **changes,
    }
    return Flow(states={state.name: state for state in states}, **values)


def make_conversation(
    *,
    flow: str = "greeting",
    state: str = "INITIAL",
    number: int = 1,
    status: Status = Status.OPEN,
    owner: Owner = Owner.BOT,
    answers: Mapping[str, str] | None = None,
    last_seq: int = 2,
    last_message_at: datetime = NOW,
) -> Conversation:
    return Conversation(
        number=number,
        flow=flow,
        flow_version="0123456789ab",
        state=state,
        owner=owner,
        last_message_at=last_message_at,
        status=status,
        answers=answers or {},
        last_seq=last_seq,
    )


def make_key(*, seed: int = 0) -> bytes:
    """32 bytes that look random enough, always the same for one seed."""
    return sha256(str(seed).encode()).digest()


def make_keys(*, wrapping: tuple[int, ...] = (1,), pepper: tuple[int, ...] = (1,)) -> KeyRing:
    return KeyRing(
        wrapping={version: make_key(seed=version) for version in wrapping},
        pepper={version: make_key(seed=100 + version) for version in pepper},
        secrets={1: make_key(seed=200)},
        ledger=make_key(seed=201),
    )


def make_payload(*, phone: str | None = None, message: str = "hello", **more: Any) -> dict[str, Any]:
    """What a client posts to the webhook."""
    return {"phone": phone or make_phone(), "message": message, **more}
