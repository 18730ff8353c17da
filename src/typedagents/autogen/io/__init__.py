"""Where the layer prints, and where it asks."""

from .base import InputStream, IOStream, OutputStream
from .console import IOConsole

__all__ = ["IOConsole", "IOStream", "InputStream", "OutputStream"]
