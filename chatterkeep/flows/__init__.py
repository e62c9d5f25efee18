"""The dialogues: the built-in ones as TOML files beside this module, and a folder of one's own."""
