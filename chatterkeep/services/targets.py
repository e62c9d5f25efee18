"""Where requests of ours may go: which addresses are out of bounds, and what a name stands for, looked up once."""

import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

IPAddress = IPv4Address | IPv6Address

Resolver = Callable[[str, int], list[str]]
"""Looks a name up, like `look_up`: the addresses it stands for. Raises OSError."""

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*))(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-~]*)?",
    re.IGNORECASE,
)
_PORTS: Final = {"http": 80, "https": 443}
_PROTOCOLS: Final = IPv4Network("192.0.0.0/24")
"""For protocols between neighbours, which not every Python knows to be private."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
_METADATA: Final = (
    *(IPv4Network("169.254.0.0/16"), IPv6Network("fe80::/10")),  # link-local, where most of them are
    *(
        IPv4Network("100.100.100.200"),
        IPv4Network("192.0.0.192"),
        IPv4Network("168.63.129.16"),
    ),  # Alibaba, Oracle, Azure
    *(IPv6Network("fd00:ec2::/32"), IPv6Network("fd20:ce::254")),  # Amazon, Google
)
"""Where clouds tell a machine its credentials. No service of anybody's is there, so it is never asked."""

_INTERNET: Final = IPv6Network("2000::/3")
"""All of IPv6 that is the internet's; what Python calls global is more."""


class ForbiddenTarget(Exception):
    """A request that must not be made. Its words hold no address."""


class UnknownTarget(Exception):
    """A name that nobody knows, or that could not be looked up in time."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address of the web, taken apart. `host` is a name, or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as the `Host` header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(url: str) -> Target:
    """Take an address apart, strictly: what two readers might read differently is refused. Raises ForbiddenTarget.

    No user names, backslashes, spaces, fragments or letters beyond ASCII; a name of such letters has a spelling that
    begins with `xn--`.
    """
    match = _URL.fullmatch(url)
    if match is None or "#" in url:
        raise ForbiddenTarget("the address is not plainly http:// or https://, a host, and a path")
    scheme = match["scheme"].lower()
    port = int(match["port"] or _PORTS[scheme])
    host = (match["six"] or match["name"]).lower().removesuffix(".")
    if not 0 < port < 65536 or not host:
        raise ForbiddenTarget("the address names no port or no host")
    return Target(scheme, host, port, match["path"] or "/")


def is_public(address: IPAddress) -> bool:
    """Tell whether an address belongs to the internet, and not to a machine, a network or a group of them.

    An IPv4 address that is wrapped into one of IPv6 (mapped, 6to4, NAT64) counts for what it is.
    """
    inner = _wrapped(address)
    if inner is not None:
        return is_public(inner)
    if address in _PROTOCOLS or (isinstance(address, IPv6Address) and address not in _INTERNET):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_metadata(address: IPAddress) -> bool:
    """Tell whether it is an address at which machines are told their own secrets."""
    inner = _wrapped(address) or address
    return any(inner in network for network in _METADATA)


def find_addresses(target: Target, resolve: Resolver, seconds: float, *, private: bool) -> list[str]:
    """Return the addresses to connect to, looked up once: nothing else may be asked about this name again.

    A name that stands for even one address out of bounds is refused, unless `private` ones are allowed; one of
    metadata always is. Raises ForbiddenTarget and UnknownTarget.
    """
    found = _in_time(lambda: resolve(target.host, target.port), seconds)
    if not found:
        raise UnknownTarget("the name stands for no address")
    addresses = [ip_address(address.partition("%")[0]) for address in found]
    if not private and not all(map(is_public, addresses)):
        raise ForbiddenTarget("the address is a private one")
    if any(map(is_metadata, addresses)):
        raise ForbiddenTarget("the address is one of a cloud's metadata")
    return list(dict.fromkeys(found))


def look_up(host: str, port: int) -> list[str]:
    """Ask the system, which also reads the spellings `0x7f.1` and `2130706433`. Raises OSError."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _wrapped(address: IPAddress) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _in_time(look: Callable[[], list[str]], seconds: float) -> list[str]:
    """Look in a thread of its own: a look-up knows no deadline."""
    made: Future[list[str]] = Future()
    threading.Thread(target=_fulfil, args=(made, look), name="look-up", daemon=True).start()
    try:
        return made.result(seconds)
    except TimeoutError as error:
        raise UnknownTarget("the name was not found in time") from error
    except (OSError, UnicodeError) as error:
        raise UnknownTarget("the name is unknown") from error


def _fulfil(made: "Future[list[str]]", look: Callable[[], list[str]]) -> None:
    try:
        made.set_result(look())
    except Exception as error:
        made.set_exception(error)
