"""The login cookie of staff, which exists below /admin and nowhere else."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

PATH = "/admin"


class StaffSessions(SecureCookieSessionInterface):
    """Flask's signed cookie for the staff pages; elsewhere nothing is read, and nothing can be set."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie below /admin. Elsewhere None: Flask then refuses every attempt to set one."""
        return super().open_session(app, request) if request.path.startswith(PATH) else None
