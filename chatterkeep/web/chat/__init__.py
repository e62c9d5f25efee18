"""The conversation: its page for people, its webhook for programs."""
