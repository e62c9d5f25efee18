"""The `flask` commands. `register` lists all that an application has."""

import click
from flask import Flask

from chatterkeep.cli import (
    admin,
    audit,
    chat,
    demo,
    doctor,
    files,
    flows,
    group,
    keys,
    knowledge,
    rights,
    search,
    serve,
    tools,
)
from chatterkeep.services.installation import Installation
from chatterkeep.services.wiring import Services


def register(app: Flask, services: Services | group.Unstarted, installation: Installation | None) -> None:
    """Give an application its commands. Those that need what it lacks will say so."""
    group.init(app, services, installation)
    for command in (
        serve.serve,
        doctor.doctor,
        flows.group,
        tools.group,
        chat.group,
        rights.group,  # that of all commands about sessions
        search.group,
        files.group,
        knowledge.group,
        demo.group,
        keys.group,
        admin.group,
        audit.group,
    ):
        app.cli.add_command(command)


def stand_in(mistake: Exception, installation: Installation | None) -> Flask:
    """Return an application that has nothing but its commands, in place of one that could not start.

    Raises the mistake where nobody asks for one of them: as a sentence when `flask run` or `flask shell` needs the
    application, and as it is when a server does.
    """
    context = click.get_current_context(silent=True)
    if context is None:
        raise mistake
    if context.parent is not None:
        raise click.ClickException(str(mistake)) from mistake
    app = Flask("chatterkeep", static_folder=None)
    register(app, group.Unstarted(str(mistake)), installation)
    app.cli.add_command(group.refusing("db"))
    return app
