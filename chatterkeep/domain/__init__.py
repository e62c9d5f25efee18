"""The rules of a conversation, in plain Python.

Nothing here may import a framework, speak SQL, look at the clock, roll dice, read the environment or do IO.
What the domain needs to know is passed in; what it decided is returned.
"""
