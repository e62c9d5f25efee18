"""The sessions API."""
