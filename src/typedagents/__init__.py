"""Typed, replayable conversations between agents, tools, code runners and humans."""

__version__ = "0.1.0"
