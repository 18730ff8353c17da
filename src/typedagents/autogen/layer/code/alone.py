"""What a port is told of its call where no conversation asked: when a program calls the classic API itself."""

from __future__ import annotations

from uuid import uuid4

from attrs import field, frozen


@frozen
class Alone:
    """A call outside of any run; nobody watches it."""

    id: str = field(factory=lambda: uuid4().hex)
    run: str = ""
    agent: str = ""
    attempt: int = 1
    deadline_s: float | None = None

    def emit(self, observation: object, /) -> None:
        """Show it to nobody."""
