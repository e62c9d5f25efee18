"""The WSGI entry point: `gunicorn wsgi:app`, and where the `flask` command finds the application."""

from chatterkeep.app import load_app

app = load_app()
