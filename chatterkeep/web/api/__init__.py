"""Conversations in real time, for programs: over HTTP, as a stream of events, and over a socket."""
