"""Brings the tables to the newest revision, as part of a start."""

import click
import flask_migrate

from chatterkeep.cli.group import services


def migrate() -> bool:
    """Upgrade the database where it is behind; tell whether it was.

    Raises ClickException where that fails, or where the database could not be used afterwards. Of several servers
    that start at once, the first does the work and the others wait for it (migrations/env.py).
    """
    behind = services().health.is_behind()
    if behind:
        try:
            flask_migrate.upgrade()
        except (Exception, SystemExit) as error:  # whatever a migration raises, and how Flask-Migrate gives up
            reason = str(error).partition("\n")[0]
            raise click.ClickException(f"The migration failed, and the database is as it was: {reason}") from error
    if problem := services().health.problem():
        raise click.ClickException(problem)
    return behind
