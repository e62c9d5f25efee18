"""A language model's server to test against: it speaks Chat Completions over HTTP and can fail in every known way."""
