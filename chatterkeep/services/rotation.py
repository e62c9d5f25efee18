"""New keys in place of old ones, while everybody goes on talking.

A new version is first only known, to every process; then it is used; then what is stored is brought to it, row by row.
The key file remembers a rotation that has begun, so that one that was killed goes on where it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from chatterkeep.domain.audit import COMMAND_LINE, Action, Entry
from chatterkeep.storage import audit, rotating
from chatterkeep.storage.crypto import CannotDecrypt, DataKey, Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.health import ORPHANED
from chatterkeep.storage.keyfile import LOOK, UnusableKeys, change_key_file, held, new_key
from chatterkeep.storage.renewing import renew
from chatterkeep.storage.ring import DATA, PEPPER, SECRET, WRAPPING, KeyRing
from chatterkeep.storage.statements import Clash

ROTATED: Final = (WRAPPING, DATA, PEPPER, SECRET)
RETIRED: Final = (WRAPPING, PEPPER, SECRET)
SETTLES: Final = 2 * LOOK + 0.5
"""Seconds after which every process of this machine has seen a change of the key file."""

LONGEST_LOGIN: Final = timedelta(hours=12)
_TOGETHER: Final = 200
_AT_ONCE: Final = 10
"""Sessions that get new data keys in one transaction: others wait for it, and some have many messages."""

_PASSES: Final = 5
_entry: Final = partial(Entry, COMMAND_LINE)
_STEPS: Final[dict[str, tuple[Callable[..., rotating.Step], ...]]] = {
    WRAPPING: (rotating.wrapping_step, rotating.second_factor_step),
    PEPPER: (rotating.address_step, rotating.claim_step),
}


class KeysKept(Exception):
    """The keys stay as they are; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What one step came to: rows looked at, rows changed, rows that cannot be opened."""

    seen: int
    changed: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a key: `needed` counts what is stored under it, where that can be known."""

    purpose: str
    version: int
    state: str
    since: datetime | None
    needed: int | None


class Rotation:
    """Rotates and retires keys. All raise KeysKept and StoreBusy."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    @contextmanager
    def hold(self, file: Path) -> Iterator[None]:
        """Let no other command change the keys meanwhile."""
        try:
            with held(file):
                yield
        except UnusableKeys as error:
            raise KeysKept(str(error)) from error

    def target(self, purpose: str) -> tuple[int, bool]:
        """Return the version that a rotation leads to (for data keys, their generation), and whether it has begun."""
        ring = self._vault.ring
        if purpose in ring.rotating:
            return ring.rotating[purpose], True
        return (ring.in_use(DATA) if purpose == DATA else max(ring.versions(purpose))) + 1, False

    def amount(self, purpose: str) -> int:
        """Return about how many rows a rotation looks at."""
        with self._database.read() as connection:
            sessions, claims = rotating.count_sessions(connection), rotating.count_claims(connection)
            addresses = sum(rotating.count_addresses(connection).values())
        return {WRAPPING: sessions, DATA: sessions, PEPPER: addresses + claims, SECRET: 0}[purpose]

    def introduce(self, file: Path, purpose: str, now: datetime) -> None:
        """Let a new version be known, and not be used yet. Nothing to do where a rotation has begun."""
        version, begun = self.target(purpose)
        in_use = self._vault.ring.in_use(purpose)

        def change(content: dict[str, Any]) -> None:
            content["rotating"][purpose] = version
            content["current"][purpose] = in_use
            if purpose != DATA:
                content[purpose][str(version)] = new_key()

        if not begun:
            self._change(file, _entry(Action.KEY_INTRODUCED, purpose, f"version {version}", now), change)

    def use(self, file: Path, purpose: str, now: datetime) -> None:
        """Put the version that was introduced to use."""
        version, _ = self.target(purpose)

        def change(content: dict[str, Any]) -> None:
            content["current"][purpose] = version
            content["since"][purpose] = now.isoformat()

        if self._vault.ring.in_use(purpose) != version:
            self._change(file, _entry(Action.KEY_USED, purpose, f"version {version}", now), change)

    def move(self, purpose: str) -> Iterator[Moved]:
        """Bring what is stored to the version in use, a few rows at a time; again and again until none is left."""
        for again in range(_PASSES):
            changed = 0
            for step in self._renewed() if purpose == DATA else self._moved(purpose):
                changed += step.changed
                yield Moved(0, step.changed, 0) if again else step
            if not changed:
                return

    def finish(self, file: Path, purpose: str, detail: str, now: datetime) -> None:
        """Note that a rotation has ended."""
        version, _ = self.target(purpose)
        entry = _entry(Action.KEY_ROTATED, purpose, f"to version {version}: {detail}", now)
        self._change(file, entry, lambda content: content["rotating"].pop(purpose, None))

    def refusal(self, purpose: str, version: int, now: datetime) -> str | None:
        """Return why a version cannot be retired; None where nothing needs it any more."""
        ring = self._vault.ring
        if version not in ring.versions(purpose):
            return f"There is no version {version} of {purpose}."
        if purpose in ring.rotating:
            return f"A rotation has not ended. Run: flask keys rotate {purpose}"
        if version == ring.in_use(purpose):
            return f"Version {version} of {purpose} is in use. Run first: flask keys rotate {purpose}"
        needed = self._needed(purpose).get(version, 0)
        if needed:
            return f"{needed:,} values still need version {version} of {purpose}. Run: flask keys rotate {purpose}"
        since = ring.since.get(SECRET)
        if purpose == SECRET and since and now - since < LONGEST_LOGIN:
            return f"Logins of staff may need it until {since + LONGEST_LOGIN:%Y-%m-%d %H:%M} UTC; --anyway ends them."
        return None

    def retire(self, file: Path, purpose: str, version: int, now: datetime) -> None:
        """Take a version out of the key file, for ever."""
        entry = _entry(Action.KEY_RETIRED, purpose, f"version {version}", now)
        self._change(file, entry, lambda content: content[purpose].pop(str(version)))

    def versions(self) -> list[Version]:
        """Return all versions there are, and how much is stored under each."""
        ring, found = self._vault.ring, []
        for purpose in RETIRED:
            needed = self._needed(purpose)
            found += [_version(ring, purpose, number, needed) for number in sorted(ring.versions(purpose))]
        with self._database.read() as connection:
            generations = {ring.in_use(DATA): 0, **rotating.count_generations(connection)}
        return found + [_version(ring, DATA, number, generations) for number in sorted(generations)]

    def orphans(self, now: datetime) -> list[str]:
        """Return the sessions that are not there and of which a share is, for more than a day."""
        with self._database.read() as connection:
            return [session for some in self._vault.orphans(connection, now - ORPHANED) for session in some]

    def remove_orphans(self, now: datetime) -> int:
        """Destroy the shares that belong to no session; return how many there were."""
        return self._vault.forget(*self.orphans(now))

    def _moved(self, purpose: str) -> Iterator[Moved]:
        for step_of in _STEPS.get(purpose, ()):
            after = 0
            while True:
                with self._database.read() as connection:
                    step = step_of(connection, self._vault, after, _TOGETHER)
                changed, clashed = self._stored(step.changes)
                yield Moved(step.seen, changed, step.unreadable + clashed)
                if step.seen < _TOGETHER:
                    break
                after = step.last

    def _stored(self, changes: Sequence[rotating.Change]) -> tuple[int, int]:
        """Make changes, all together if they can be; return how many were made, and how many clash with others."""
        try:
            with self._database.write() as connection:
                return rotating.carry_out(connection, changes), 0
        except Clash:
            if len(changes) == 1:
                return 0, 1
            alone = [self._stored([change]) for change in changes]
            return sum(made for made, _ in alone), sum(clashed for _, clashed in alone)

    def _renewed(self) -> Iterator[Moved]:
        after, seen = 0, _TOGETHER
        while seen == _TOGETHER:
            with self._database.read() as connection:
                due, seen, after = rotating.sessions_due(connection, self._vault, after, _TOGETHER)
            yield Moved(seen - len(due), 0, 0)
            for start in range(0, len(due), _AT_ONCE):
                part = due[start : start + _AT_ONCE]
                keys = self._vault.new_data_keys([session_id for _, session_id in part])
                yield self._renew([(row, key) for (row, _), key in zip(part, keys, strict=True)])

    def _renew(self, sessions: Sequence[tuple[int, tuple[bytes, DataKey]]]) -> Moved:
        """Give sessions new data keys, all together if they can all be opened."""
        try:
            with self._database.write() as connection:
                for row, key in sessions:
                    renew(connection, self._vault, row, key)
        except CannotDecrypt:
            if len(sessions) == 1:
                return Moved(1, 0, 1)
            alone = [self._renew([session]) for session in sessions]
            return Moved(len(alone), sum(step.changed for step in alone), sum(step.unreadable for step in alone))
        return Moved(len(sessions), len(sessions), 0)

    def _needed(self, purpose: str) -> Mapping[int, int]:
        with self._database.read() as connection:
            if purpose == WRAPPING:
                return rotating.count_wrapped(connection)
            return rotating.count_addresses(connection) if purpose == PEPPER else {}

    def _change(self, file: Path, entry: Entry, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the key file, once the audit has it: no key may come or go without a line."""
        with self._database.write() as connection:
            audit.add(connection, self._vault, entry)
        try:
            change_key_file(file, change)
            _ = self._vault.ring  # looked at now: what follows must not use the keys of a second ago
        except UnusableKeys as error:
            raise KeysKept(str(error)) from error
        except OSError as error:
            raise KeysKept(f"{file} cannot be written: {error.strerror}.") from error


def _version(ring: KeyRing, purpose: str, version: int, needed: Mapping[int, int]) -> Version:
    in_use = ring.in_use(purpose)
    is_due = version == ring.rotating.get(purpose)
    state = ("in use, rotating" if is_due else "in use") if version == in_use else ("introduced" if is_due else "old")
    since = ring.since.get(purpose) if version == in_use else None
    return Version(purpose, version, state, since, None if purpose == SECRET else needed.get(version, 0))
