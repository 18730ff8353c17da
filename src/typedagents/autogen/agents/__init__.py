"""Agents for one kind of work."""
