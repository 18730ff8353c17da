"""From the JSON that a model wrote to typed values, or to what is wrong with it, in words for that model."""

from .values import decode, decoded

__all__ = ["decode", "decoded"]
