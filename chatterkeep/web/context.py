"""Where views find the services and the address people use. The only module that touches current_app for them."""

from typing import Any, cast

from flask import Flask, current_app, g, request, url_for

from chatterkeep.domain.audit import Actor
from chatterkeep.services.wiring import Services

_NAME = "chatterkeep"


def init(app: Flask, services: Services) -> None:
    """Keep the services with the application."""
    app.extensions[_NAME] = services


def services() -> Services:
    """The use cases of the running application."""
    return cast(Services, current_app.extensions[_NAME])


def files_on() -> bool:
    """Tell whether files can be sent."""
    return bool(current_app.config["FILES_ON"])


def acting_as(name: str) -> Actor:
    """Return who does this, for the audit, in this request."""
    return Actor(name, g.request_id)


def base_url() -> str:
    """Return the address of this service as clients reach it, without a slash at its end.

    Empty where a request came under a name that is not ours: no link may lead there.
    """
    if "host_is_unknown" in g:
        return ""
    return str(current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/"))


def public_url(endpoint: str, **values: Any) -> str:
    """Return the whole address of a route."""
    return base_url() + url_for(endpoint, **values)
