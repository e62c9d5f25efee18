"""Tools that a model calls, from the question to the answer."""
