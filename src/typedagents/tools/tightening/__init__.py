"""JSON Schemas as single providers take them."""

from .transform import ProfileName, Tightened, tighten

__all__ = ["ProfileName", "Tightened", "tighten"]
