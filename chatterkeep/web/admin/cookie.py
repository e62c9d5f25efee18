"""The login cookie of staff, which exists below /admin and nowhere else."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

PATH = "/admin"


class StaffSessions(SecureCookieSessionInterface):
    """Flask's signed cookie for the staff pages; elsewhere nothing is read, and nothing can be set."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie below /admin. Elsewhere None: Flask then refuses every attempt to set one."""
        return super().open_session(app, request) if request.path.startswith(PATH) else None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """Sign with the secret of this moment, and recognise those before it: Flask reads its own only once."""
        return URLSafeTimedSerializer(
            app.config["SIGNING_KEYS"],
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
        )
