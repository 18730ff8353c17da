"""The version of this package. It answers to the API of AutoGen 0.2, whose numbers are not its own."""

from __future__ import annotations

from typedagents import __version__

__all__ = ["__version__"]
