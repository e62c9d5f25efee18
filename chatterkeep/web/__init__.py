"""HTTP in, values out: blueprints, hooks, error pages. `register` lists all that an application has."""

from flask import Flask

from chatterkeep.services.budget import Budget
from chatterkeep.services.wiring import Services
from chatterkeep.web import (
    access,
    assets,
    context,
    errors,
    health,
    hosts,
    limits,
    logs,
    metrics,
    requestbody,
    security,
    uploads,
)
from chatterkeep.web.admin import account, audit, guard, login, search
from chatterkeep.web.admin import knowledge as staff_documents
from chatterkeep.web.admin import pages as conversations
from chatterkeep.web.admin import rights as staff_rights
from chatterkeep.web.api import conversations as shelf
from chatterkeep.web.api import feedback, sockets, status, streams
from chatterkeep.web.api import views as realtime
from chatterkeep.web.chat import attaching, cited, pages, signed, thumbs, twilio, verify, webhook
from chatterkeep.web.docs import pages as docs
from chatterkeep.web.files import views as files
from chatterkeep.web.knowledge import views as documents
from chatterkeep.web.rights import pages as rights
from chatterkeep.web.sessions import views as sessions


def register(app: Flask, services: Services, limiting: limits.Limits, budget: Budget) -> None:
    """Attach everything the web side has to an application, in the order in which a request meets it."""
    context.init(app, services)
    logs.init(app)
    metrics.init(app)
    hosts.init(app)
    requestbody.init(app)
    security.init(app)
    uploads.init(app)
    limits.init(app, limiting, budget)
    errors.init(app)
    assets.init(app)
    guard.init(app)
    health.init(app)
    for blueprint in (
        *dict.fromkeys(part.blueprint for part in (pages, attaching, thumbs, cited)),
        rights.blueprint,
        verify.blueprint,
        webhook.blueprint,
        signed.blueprint,
        twilio.blueprint,
        sessions.blueprint,
        realtime.blueprint,
        streams.blueprint,
        sockets.blueprint,
        shelf.blueprint,
        feedback.blueprint,
        status.blueprint,
        files.blueprint,
        documents.blueprint,
        *dict.fromkeys(
            part.blueprint for part in (login, account, conversations, staff_rights, search, staff_documents, audit)
        ),
        docs.blueprint,
    ):
        app.register_blueprint(blueprint)
    access.init(app)
