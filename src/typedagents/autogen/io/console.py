"""The console of this process."""

from __future__ import annotations

import getpass

from .base import IOStream


class IOConsole(IOStream):
    """Prints to standard output, and asks at standard input."""

    def print(self, *objects: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        """Print as ``print`` does."""
        print(*objects, sep=sep, end=end, flush=flush)  # noqa: T201  # the console is what this prints to

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        """Ask as ``input`` does; what is typed is not shown where it is a password."""
        return getpass.getpass(prompt or "Password: ") if password else input(prompt)
