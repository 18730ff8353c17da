"""What can be printed to and asked, and which one is used: one for the program, another within a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar, Protocol, runtime_checkable


class OutputStream(Protocol):
    """Something to print to."""

    def print(self, *objects: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None: ...


class InputStream(Protocol):
    """Something to ask."""

    def input(self, prompt: str = "", *, password: bool = False) -> str: ...


@runtime_checkable
class IOStream(OutputStream, InputStream, Protocol):
    """Both. ``IOStream.set_default(stream)`` is for a block, ``set_global_default`` for the program."""

    _global_default: ClassVar[IOStream | None] = None
    _default: ClassVar[ContextVar[IOStream | None]] = ContextVar("typedagents.autogen.io", default=None)

    @staticmethod
    def set_global_default(stream: IOStream) -> None:
        """Use ``stream`` wherever no other one is chosen."""
        IOStream._global_default = stream

    @staticmethod
    def get_global_default() -> IOStream:
        """The one for the program: the console, unless another was chosen."""
        if IOStream._global_default is None:
            from .console import IOConsole

            IOStream._global_default = IOConsole()
        return IOStream._global_default

    @staticmethod
    def get_default() -> IOStream:
        """The one in use here."""
        return IOStream._default.get() or IOStream.get_global_default()

    @staticmethod
    @contextmanager
    def set_default(stream: IOStream | None) -> Iterator[None]:
        """Use ``stream`` within this block; None: that of the program."""
        token = IOStream._default.set(stream)
        try:
            yield
        finally:
            IOStream._default.reset(token)
