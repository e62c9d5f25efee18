"""The file of tools."""
