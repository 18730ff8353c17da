"""What all events have."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar
from uuid import UUID, uuid4

from attrs import field, frozen

from typedagents.autogen.layer.python import Python

C_co = TypeVar("C_co", covariant=True)


@frozen(eq=False)
class BaseEvent(Generic[C_co]):
    """Something that happened: ``type`` says what, ``content`` holds it, ``words`` are what a console shows of it."""

    type: ClassVar[str]

    content: C_co
    words: str = field(default="", repr=False)
    uuid: UUID = field(factory=uuid4, repr=False)

    def print(self, f: Python | None = None) -> None:
        """Show it, with ``f`` or with ``print``."""
        (f or print)(self.words, end="")
