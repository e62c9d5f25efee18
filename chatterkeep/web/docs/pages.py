"""What developers read: the API as a page and as OpenAPI, and the error codes that every JSON error links to."""

import json
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, current_app, render_template, request

from chatterkeep.web import access
from chatterkeep.web.assets import Packed
from chatterkeep.web.context import base_url
from chatterkeep.web.docs.openapi import make_document
from chatterkeep.web.docs.presenters import TrialView, api_view
from chatterkeep.web.docs.routes import Route, documented
from chatterkeep.web.docs.trying import Sent, Trial, send
from chatterkeep.web.docs.vocabularies import Json
from chatterkeep.web.errorcodes import MEANINGS

blueprint = Blueprint("docs", __name__)

_NAME = "chatterkeep.docs"


@dataclass(frozen=True, slots=True)
class Description:
    """The API of an application: its routes, their shapes, all of it as OpenAPI, and its page at an address."""

    routes: tuple[Route, ...]
    schemas: dict[str, Json]
    openapi: Packed
    pages: dict[str, Packed]


@blueprint.get("/docs")
@access.public
def show_api() -> Response:
    """The API on a page, with a form to try each operation."""
    found, base = _description(), base_url()
    page = found.pages.get(base)
    if page is None:
        view = api_view(found.routes, found.schemas, base, current_app.config["API_OPEN"])
        page = Packed.of(render_template("docs/api.html", view=view).encode(), "text/html; charset=utf-8")
        found.pages.clear()  # who asks may choose the address: that of the last one is kept
        found.pages[base] = page
    return page.response()


@blueprint.get("/docs/try")
@access.public
def show_trial() -> str:
    """A page to put a message together for `POST /chat`."""
    return render_template("docs/try.html", view=_trial_view(Trial.first(), None))


@blueprint.post("/docs/try")
@access.public
def try_webhook() -> str:
    """Send the message, and show how it went; or begin the next one. The API asks for a key wherever it does."""
    trial, sent = Trial.read(request.form), None
    if "next" in request.form:
        trial = trial.next()
    else:
        sent = send(trial, request.form.get("key", ""), request, base_url())
    return render_template("docs/try.html", view=_trial_view(trial, sent))


@blueprint.get("/openapi.json")
@access.public
def show_openapi() -> Response:
    """The API as programs read it."""
    return _description().openapi.response()


@blueprint.get("/docs/errors")
@access.public
def show_errors() -> str:
    """Every error code: what it means and how to mend it."""
    return render_template("docs/errors.html", view=MEANINGS)


def _trial_view(trial: Trial, sent: Sent | None) -> TrialView:
    return TrialView(trial, sent, current_app.config["API_OPEN"])


def _description() -> Description:
    """What is told of this application. Made when it is first asked for: few processes ever are."""
    found: Description | None = current_app.extensions.get(_NAME)
    if found is None:
        found = current_app.extensions[_NAME] = _describe(current_app)
    return found


def _describe(app: Flask) -> Description:
    document = make_document(app)
    openapi = Packed.of(json.dumps(document).encode(), "application/json")
    return Description(tuple(documented(app)), document["components"]["schemas"], openapi, {})
