"""An answer that is put together from pieces, whatever its format: what all of them come to in the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from attrs import define

from typedagents.core.model import Finish, ModelReply
from typedagents.core.parts import Part
from typedagents.core.usage import Usage


@define(eq=False)
class Pieced(ABC):
    """The answer so far. A format says how its pieces are taken in."""

    provider: str
    id: str = ""
    model: str = ""
    raw_finish: str = ""
    counted: Usage | None = None

    @property
    @abstractmethod
    def finish(self) -> Finish:
        """What it ended with, by its content."""

    @property
    def usage(self) -> Usage | None:
        """The tokens, in disjoint buckets; None where none were counted."""
        return self.counted

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """Its parts, in their order."""

    @property
    def reply(self) -> ModelReply:
        """The reply that it is."""
        return ModelReply(
            tuple(self.parts()),
            finish=self.finish,
            raw_finish=self.raw_finish,
            usage=self.usage,
            model=self.model,
            provider=self.provider,
            id=self.id,
        )
