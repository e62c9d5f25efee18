"""How many messages are taken: from one phone or page, from one network address, from everybody.

And how many of them may ask a language model.

Flask-Limiter keeps the counts, in a file that the worker processes share, or in Redis. If those cannot be reached,
each process counts for itself until they can: a limit must not stop the conversation.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, Storage

from chatterkeep.domain.errors import RateLimited
from chatterkeep.services.breaker import UNCOUNTED
from chatterkeep.services.budget import DAY, Budget
from chatterkeep.services.turns import Admission

log = logging.getLogger(__name__)

_NAME: Final = "chatterkeep.limits"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in Flask-Limiter's notation, and where they are counted."""

    storage: str
    phone: str
    address: str
    total: str
    login: str
    proof: str
    llm: str
    llm_total: str
    files: str = ""
    files_daily: int = 0
    """In MiB, for one session; 0: no limit."""


class _Window(NamedTuple):
    limit: RateLimitItem
    scope: str
    key: str


class Limiting:
    """Counts against the limits."""

    def __init__(self, limiter: Limiter, limits: Limits, budget: Budget) -> None:
        self._limiter = limiter
        self._fallback = MemoryStorage()
        self._phone = _items(limits.phone)
        self._address = _items(limits.address)
        self._total = _items(limits.total)
        self._login = _items(limits.login)
        self._proof = _items(limits.proof)
        self._llm = _items(limits.llm)
        self._llm_total = _items(limits.llm_total)
        self._files = _items(limits.files)
        self._files_daily = limits.files_daily
        self._budget = budget

    def message_of(self, sender: str) -> Admission:
        """Return the admission of one message of this sender (a pseudonym, never the number itself)."""

        def admit(asking: str | None) -> None:
            windows = _windows(self._phone, "phone", sender)
            if asking:
                windows += self._asking(asking)
            self._count(windows)

        return admit

    def another_try(self, asking: str | None) -> None:
        """Admit one more question to the language model, in this session."""
        if asking:
            self._count(self._asking(asking))

    def _asking(self, session_id: str) -> list[_Window]:
        self._budget.check(session_id)
        calls = _windows(self._llm, "session", session_id)
        return calls + _windows(self._llm_total, "service", "asking")

    def request(self) -> None:
        """Count this request for its network address and for everybody."""
        address = _windows(self._address, "network address", get_remote_address())
        self._count(address + _windows(self._total, "service", "everybody"))

    def first_use(self, name: str, seconds: int) -> bool:
        """Tell whether something that may be used once within so many seconds is used for the first time."""
        key = f"once/{name}"
        return self._counted(lambda storage: storage.incr(key, seconds) == 1)

    def problem(self) -> str | None:
        """Return in a sentence why nobody counts for all processes together; None where that goes well."""
        with suppress(*UNCOUNTED):
            if self._limiter.storage.check():
                return None
        return "The counters of the limits cannot be reached: each process counts for itself."

    def file(self, session_id: str, size: int) -> None:
        """Count a file of so many bytes, for its session."""
        self._count(_windows(self._files, "session's files", session_id))
        if not self._files_daily:
            return
        key, spent = f"kib of files/{session_id}", -(-size // 1024)

        def count(storage: Storage) -> int | None:
            if storage.incr(key, DAY, spent) <= self._files_daily * 1024:
                return None
            storage.incr(key, DAY, -spent)
            return _seconds(storage, key)

        if seconds := self._counted(count):
            limit = f"{self._files_daily} MiB of files in a day for one session"
            raise RateLimited(limit, self._files_daily, seconds)

    def login(self, username: str) -> None:
        """Count a login attempt, for the account and for the network address."""
        account = _windows(self._login, "account", username)
        self._count(account + _windows(self._login, "login address", get_remote_address()))

    def code(self) -> None:
        """Count a code that is asked for, for the network that asks: its neighbours are easily the same person."""
        self._count(_windows(self._proof, "network", network_of(get_remote_address())))

    def _count(self, windows: list[_Window]) -> None:
        if windows and (refused := self._counted(lambda storage: _refusal(storage, windows))):
            full, seconds = refused
            raise RateLimited(_spoken(full), full.limit.amount, seconds)

    def _counted(self, count: Callable[[Storage], T]) -> T:
        """Count where all processes do; where that fails at any step, all of it in this process."""
        try:
            return count(self._limiter.storage)
        except UNCOUNTED:
            log.warning("limits.uncounted")
            return count(self._fallback)


def network_of(address: str) -> str:
    """Return the network of an address: the first 24 bits of IPv4, the first 64 of IPv6; any other text as it is."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 64), strict=False))


def _windows(items: tuple[RateLimitItem, ...], scope: str, who: str) -> list[_Window]:
    return [_Window(item, scope, f"{scope}/{who}/{place}") for place, item in enumerate(items)]


def _spoken(window: _Window) -> str:
    limit = window.limit
    unit = limit.GRANULARITY.name
    span = f"{limit.multiples} {unit}s" if limit.multiples > 1 else f"a {unit}".replace("a hour", "an hour")
    return f"{limit.amount} in {span} for one {window.scope}"


def _refusal(storage: Storage, windows: list[_Window]) -> tuple[_Window, int] | None:
    """Count in all windows; return one that is full, and in how many seconds it ends, or None."""
    keys = [(window.key, window.limit.get_expiry()) for window in windows]
    many: Callable[[list[tuple[str, int]]], list[int]] | None = getattr(storage, "incr_many", None)
    counts = many(keys) if many else [storage.incr(key, expiry) for key, expiry in keys]
    place = next((n for n, window in enumerate(windows) if counts[n] > window.limit.amount), None)
    if place is None:
        return None
    for key, expiry in keys[place + 1 :]:  # what was refused must not use up an hour, or everybody's share
        storage.incr(key, expiry, -1)
    return windows[place], _seconds(storage, windows[place].key)


def _seconds(storage: Storage, key: str) -> int:
    return max(1, math.ceil(storage.get_expiry(key) - time.time()))


def init(app: Flask, limits: Limits, budget: Budget) -> None:
    """Set Flask-Limiter up and keep the limits with the application."""
    limiter = Limiter(
        get_remote_address,
        storage_uri=limits.storage,
        storage_options={"wrap_exceptions": True},
        strategy="fixed-window",
        headers_enabled=False,
    )
    # Known already, it hooks into no request: every count here is asked for by the view that knows whom to count.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    app.extensions[_NAME] = Limiting(limiter, limits, budget)


def limiting() -> Limiting:
    """The limits of the running application."""
    found: Limiting = current_app.extensions[_NAME]
    return found


def _items(notation: str) -> tuple[RateLimitItem, ...]:
    """Shortest window first, so that a refusal names the soonest way out."""
    return tuple(sorted(parse_many(notation), key=lambda item: item.get_expiry())) if notation else ()
