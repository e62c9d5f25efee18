"""The routes of files for programs, and how uploads are read."""
