"""Breaks a running server on purpose, under load, and proves from its database that nothing was lost or said twice."""
