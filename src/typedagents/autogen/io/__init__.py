"""Where the layer prints, and where it asks."""

from .base import InputStream, IOStream, OutputStream
from .console import IOConsole
from .websockets import IOWebsockets

__all__ = ["IOConsole", "IOStream", "IOWebsockets", "InputStream", "OutputStream"]
