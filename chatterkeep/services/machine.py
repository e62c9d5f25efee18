"""Looks at the machine and the settings: files, disk, clock, dialogues, limits, and who may call."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chatterkeep.domain.errors import InvalidFlow
from chatterkeep.domain.hosts import is_loopback
from chatterkeep.flows.loader import load_flows
from chatterkeep.services.findings import Finding, fail, ok, warn
from chatterkeep.services.installation import Installation
from chatterkeep.services.provider import examine_provider
from chatterkeep.services.targets import ForbiddenTarget, UnknownTarget, find_addresses, look_up, parse_target
from chatterkeep.services.toolcheck import examine_tools
from chatterkeep.storage.health import can_count
from chatterkeep.storage.keyfile import UnusableKeys, read_key_file
from chatterkeep.storage.ring import WRAPPING

_MIB: Final = 1024 * 1024
_DAY: Final = 24 * 60 * 60
_OLD_KEYS: Final = 365 * _DAY
_PATIENCE: Final = 5.0
_EXCHANGED: Final = 2
"""Secrets that are needed while one is exchanged."""

_PUBLISHED: Final = 1_760_000_000
"""A moment in October 2025, in seconds since 1970: this program did not exist earlier."""

DRIFT: Final = 2.0
"""How far two clocks may be apart, in seconds."""


def examine_machine(place: Installation) -> Iterator[Finding]:
    """Look at everything but the database and what is in it."""
    yield _data_folder(place.data_dir)
    yield _keys(place.keys_file)
    yield _disk(place.data_dir)
    yield _clock(place.data_dir)
    yield _flows(place)
    yield examine_provider(place)
    yield _limits(place)
    yield _workers(place)
    yield _api(place)
    yield _proxies(place)
    yield _hosts(place)
    yield _channel(place)
    yield _gateway(place)
    yield _twilio(place)
    yield examine_tools(place)


def _data_folder(folder: Path) -> Finding:
    name = "data folder"
    if not folder.is_dir():
        return fail(name, f"{folder} does not exist.", "Run: flask serve, or make the folder yourself.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail(name, f"{folder} cannot be written.", f"Give it to the user that runs this: chown -R USER {folder}")
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        return warn(name, f"{folder} is open to others (mode {mode:o}).", f"Run: chmod 700 {folder}")
    return ok(name, f"{folder}, for its owner only.")


def _keys(file: Path) -> Finding:
    name = "keys"
    try:
        ring = read_key_file(file)
    except UnusableKeys as error:
        return fail(name, str(error), "Bring the key file back from where you keep its copy.")
    since = ring.since.get(WRAPPING)
    age = max(0.0, time.time() - (since.timestamp() if since else file.stat().st_mtime))
    found = f"{file}, version {ring.in_use(WRAPPING)}, {age / _DAY:.0f} days old."
    if ring.rotating:
        purpose = min(ring.rotating)
        return warn(name, f"The rotation of {purpose} has not ended.", f"Run: flask keys rotate {purpose}")
    if age > _OLD_KEYS:
        return warn(name, found, "Run: flask keys rotate wrapping")
    return ok(name, found)


def _disk(folder: Path) -> Finding:
    name = "disk"
    try:
        free = shutil.disk_usage(folder).free // _MIB
    except OSError as error:
        return fail(name, f"{folder} cannot be measured ({error.strerror}).", "See the data folder above.")
    found, fix = f"{free:,} MiB free.", f"Make room on the disk of {folder.resolve()}."
    if free < 100:
        return fail(name, found, fix)
    return warn(name, found, fix) if free < 1024 else ok(name, found)


def _clock(folder: Path) -> Finding:
    name, fix = "clock", "Set the clock, and keep it right with NTP: timedatectl set-ntp true"
    if time.time() < _PUBLISHED:
        return fail(name, "The clock is years behind.", fix)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            drift = abs(os.fstat(file.fileno()).st_mtime - time.time())
    except OSError as error:
        return fail(name, f"No file can be made to compare with ({error.strerror}).", "See the data folder above.")
    if drift > DRIFT:
        return warn(name, f"The file system's time is {drift:.0f} s away from the system's.", fix)
    return ok(name, "The system and its file system agree.")


def _flows(place: Installation) -> Finding:
    name = "flows"
    try:
        flows = load_flows(place.flows_dir)
    except InvalidFlow as error:
        return fail(name, str(error), "Mend the file; flask flows check FILE tells when it is sound.")
    if place.flow not in flows:
        return fail(name, f"There is no flow {place.flow!r}.", f"Set CHATTERKEEP_FLOW to one of: {', '.join(flows)}.")
    return ok(name, f"{place.flow} answers; known are {', '.join(flows)}.")


def _limits(place: Installation) -> Finding:
    name, where = ("redis", "Redis") if place.redis_url else ("limits", "The file of counters")
    if can_count(place.counters_url):
        return ok(name, f"{where} counts for the rate limits.")
    fix = "Start Redis, or correct CHATTERKEEP_REDIS_URL." if place.redis_url else "See the data folder above."
    return fail(name, f"{where} cannot be used, so each worker counts for itself.", fix)


def _workers(place: Installation) -> Finding:
    name, found = "workers", f"{place.workers} worker process{'es' if place.workers > 1 else ''}."
    if place.database_url.startswith("postgresql") and not place.redis_url:
        fix = "With more than one machine, set CHATTERKEEP_REDIS_URL, so that all count together."
        return warn(name, f"{found} Limits are counted for this machine alone.", fix)
    return ok(name, found)


def _api(place: Installation) -> Finding:
    name = "api"
    if place.api_open:
        fix = "Before others can reach this machine, set CHATTERKEEP_API_AUTH=required."
        return warn(name, f"Anybody on this machine may call it, at {place.host}.", fix)
    return ok(name, "Callers need a key, unless make run started the server: that one is open on this machine.")


def _proxies(place: Installation) -> Finding:
    name, address = "proxies", place.public_url
    if not address or place.trusted_proxies:
        return ok(name, f"{place.trusted_proxies} in front that are believed.")
    if is_loopback(urlsplit(address).hostname or ""):
        return ok(name, "None in front.")
    fix = "Set CHATTERKEEP_TRUSTED_PROXIES to the number of proxies in front, usually 1."
    return warn(name, f"{address} leads through a proxy whose word is not taken: all callers look like one.", fix)


def _hosts(place: Installation) -> Finding:
    name = "hosts"
    if place.hosts:
        return ok(name, f"It goes by {', '.join(place.hosts)}, and by loopback addresses.")
    fix = "Set CHATTERKEEP_PUBLIC_URL to the address that people use."
    return warn(name, "It answers to any name, so links go where a forged Host header says.", fix)


def _channel(place: Installation) -> Finding:
    name, address = "channel", urlsplit(place.channel_url)
    match place.carried_by:
        case "none":
            return ok(name, "Nothing carries text to phones: people prove a number by texting a code in.")
        case "console":
            return ok(name, "Codes for phones stand in the server's log: for development.")
    if address.scheme == "http" and not place.private_targets:
        fix = "Set CHATTERKEEP_CHANNEL_URL to an https:// address."
        return warn(name, f"Codes go to {address.hostname} in the clear.", fix)
    try:
        target = parse_target(place.channel_url)
        find_addresses(target, look_up, _PATIENCE, private=place.private_targets)
    except ForbiddenTarget as error:
        fix = "Name a public address, or set CHATTERKEEP_PRIVATE_TARGETS=allowed."
        return fail(name, f"Nothing may be sent to {address.hostname}: {error}.", fix)
    except UnknownTarget as error:
        return fail(name, f"{address.hostname} cannot be found: {error}.", "Correct CHATTERKEEP_CHANNEL_URL.")
    return ok(name, f"A gateway at {address.hostname} carries codes.")


def _gateway(place: Installation) -> Finding:
    name = "gateway"
    if not place.shared_keys:
        return ok(name, "No secret is shared with one: POST /webhooks/sms takes nothing.")
    if place.shared_keys > _EXCHANGED:
        fix = "Take the old ones out of CHATTERKEEP_CHANNEL_SECRETS."
        return warn(name, f"{place.shared_keys} secrets open POST /webhooks/sms.", fix)
    return ok(name, f"Secrets that open POST /webhooks/sms: {place.shared_keys}.")


def _twilio(place: Installation) -> Finding:
    name = "twilio"
    if not place.twilio_tokens:
        return ok(name, "No auth token is known: POST /webhooks/twilio takes nothing.")
    if not place.public_url:
        found = "Twilio signs the address that it calls, and CHATTERKEEP_PUBLIC_URL is not set: nothing is taken."
        return warn(name, found, "Set CHATTERKEEP_PUBLIC_URL to the address that stands in Twilio's console.")
    if place.twilio_tokens > _EXCHANGED:
        fix = "Take the old ones out of CHATTERKEEP_TWILIO_TOKENS."
        return warn(name, f"{place.twilio_tokens} auth tokens open POST /webhooks/twilio.", fix)
    address = f"{place.public_url}/webhooks/twilio"
    if not place.channel_number:
        found = f"Twilio is to call {address}. Nobody can prove a number by texting in: the page knows none to text to."
        return warn(name, found, "Set CHATTERKEEP_CHANNEL_NUMBER to your number at Twilio.")
    return ok(name, f"Twilio is to call {address}, for messages to {place.channel_number}.")
