"""Humans: who answers when an agent asks for its person."""

from .lines import Lines, standard_input
from .terminal import Terminal

__all__ = ["Lines", "Terminal", "standard_input"]
