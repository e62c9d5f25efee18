"""Which names this service answers to: whoever asks for it by another one gets no page, and no link to elsewhere."""

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, current_app, g, request
from werkzeug.routing import RequestRedirect

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.hosts import is_loopback

_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?")


class UnknownHost(InvalidInput):
    """A `Host` header that names somebody else."""

    def __init__(self) -> None:
        super().__init__("Host", "This service does not go by that name.", "Ask for it by its own address.")


def init(app: Flask) -> None:
    """Look at the name before anything else does. Behind proxies that are believed it is the one they were asked by."""
    app.before_request(_check)


def is_known(host: str, known: tuple[str, ...]) -> bool:
    """Tell whether a `Host` header is one of the known names, of those below `.name`, or a loopback address.

    Where no name is known, any will do. The port says nothing.
    """
    if not known:
        return True
    match = _HOST.fullmatch(host.lower())
    if match is None:
        return False
    name = match[1].strip("[]").removesuffix(".")
    below = (one for one in known if one.startswith("."))
    return name in known or any(f".{name}".endswith(one) for one in below) or is_loopback(name)


def _check() -> None:
    if not is_known(request.host, current_app.config["HOSTS"]):
        g.host_is_unknown = True
        raise UnknownHost
    if isinstance(request.routing_exception, RequestRedirect):
        _keep_at_home(request.routing_exception)


def _keep_at_home(error: RequestRedirect) -> None:
    """Let a redirect to the proper spelling of a path name that path alone: whoever asked chose the host."""
    there = urlsplit(error.new_url)
    error.new_url = urlunsplit(("", "", "/" + there.path.lstrip("/\\"), there.query, ""))
