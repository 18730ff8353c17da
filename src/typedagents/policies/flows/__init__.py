"""Flows: who speaks next is read off a graph. See ``flow``."""
