"""The tools that a language model may call: their file, and the JSON schemas of their arguments."""
