"""ChatterKeep: a chat page and an SMS-style webhook in one Flask application."""

__version__ = "0.1.0"
