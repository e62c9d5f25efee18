"""The child process that reads documents nobody trusts."""
