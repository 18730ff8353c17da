"""Humans: who answers when an agent asks for its person."""

from .terminal import Terminal

__all__ = ["Terminal"]
