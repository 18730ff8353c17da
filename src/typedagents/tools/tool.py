"""What every tool is, whoever performs it: what a model is told, and the program that answers a call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Generic, Protocol, runtime_checkable

from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.model import ToolSpec
from typedagents.core.parts import ResultContent, ToolCall, ToolResult
from typedagents.core.performs import performs_of
from typedagents.core.tool import CallTool
from typedagents.core.view import View

from .given import Given


class Tool(ABC, Generic[E_co]):
    """Something a model can call. What answering a call asks of the world is in the type."""

    __slots__ = ()

    @property
    @abstractmethod
    def spec(self) -> ToolSpec:
        """What a model is told of it."""

    @property
    def exclusive(self) -> bool:
        """Whether no other call of the same message may be under way beside a call of this one."""
        return False

    @property
    def performs(self) -> tuple[type[AnyEffect], ...] | None:
        """The effects that a call may ask for, as the annotation of ``answer`` says; None where it cannot be read."""
        found = performs_of(self.answer)
        return None if found is None else tuple(found)

    @abstractmethod
    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[E_co], object, ToolResult]:
        """The program that answers ``call`` in the turn that ``view`` shows. What goes wrong is a failed result."""

    def renamed(self, name: str, /) -> Tool[E_co]:
        """The same tool under another name, by which a world that is given it is asked to perform it."""
        raise ConfigError(
            f"tool {self.spec.name!r} cannot be called {name!r}: {type(self).__name__} has no method renamed(name)"
        )


@runtime_checkable
class Performed(Protocol):
    """What a world needs of a tool that it performs when ``CallTool`` asks for it."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def timeout_s(self) -> float | None:
        """Seconds after which a call has failed; None: it may take for ever."""
        ...

    @property
    def blocking(self) -> bool:
        """Whether it is to run in a thread of its own: it is a plain function, and takes long."""
        ...

    @property
    def needs(self) -> tuple[type, ...]:
        """The kinds of what it must be given, known before a run starts."""
        ...

    def invoke(self, effect: CallTool, call: Call, given: Given, /) -> object:
        """What the tool returns, or an awaitable of it. Raises ``BadArguments`` where the arguments do not fit."""
        ...

    def rendered(self, value: object, /) -> tuple[ResultContent, ...]:
        """What the model is shown of ``value``, which ``invoke`` came to."""
        ...
