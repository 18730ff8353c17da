"""What happens around a call, told to watchers through ``call.emit``: nothing of it is part of the answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from attrs import frozen


class Notice(ABC):
    """Base of all of them: whoever asks whether an answer has begun to show leaves these out."""

    __slots__ = ()

    @property
    @abstractmethod
    def words(self) -> str:
        """As people are told."""


@frozen
class Retrying(Notice):
    """Attempt ``attempt`` failed so; the next one starts in ``wait_s`` seconds."""

    attempt: int
    wait_s: float
    kind: str
    text: str

    @property
    def words(self) -> str:
        return f"attempt {self.attempt} failed ({self.kind}); again in {self.wait_s:g} s"


@frozen
class FellBack(Notice):
    """Provider number ``place`` (from 1) failed so; the next one is asked."""

    place: int
    kind: str
    text: str

    @property
    def words(self) -> str:
        return f"provider {self.place} failed ({self.kind}); the next one is asked"


@frozen
class CacheTrouble(Notice):
    """The store of a cache could not be read or written, and why; the answer is not touched by that."""

    done: Literal["read", "written"]
    text: str

    @property
    def words(self) -> str:
        return f"the store of answers could not be {self.done} ({self.text})"
