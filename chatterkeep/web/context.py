"""Where views find the services. The only module that touches current_app for them."""

from typing import cast

from flask import Flask, current_app

from chatterkeep.services.wiring import Services

_NAME = "chatterkeep"


def init(app: Flask, services: Services) -> None:
    """Keep the services with the application."""
    app.extensions[_NAME] = services


def services() -> Services:
    """The use cases of the running application."""
    return cast(Services, current_app.extensions[_NAME])
