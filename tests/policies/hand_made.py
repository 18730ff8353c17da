"""Tools that are made of no function: what policies and worlds go by is ``Tool`` and ``Performed``, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Never

from attrs import frozen

from typedagents.core.effect import Effect, Request, Steps, proved
from typedagents.core.handler import Call
from typedagents.core.model import ToolSpec
from typedagents.core.parts import ResultContent, Text, ToolCall, ToolResult
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.tools.given import Given
from typedagents.tools.tool import Tool


def as_sent(effect: CallTool, call: Call, given: Given) -> object:
    """The arguments."""
    return effect.arguments


@frozen
class Pretended(Tool[CallTool]):
    """A tool that the world performs, by ``does``. It leaves what fails to whoever asked."""

    name: str
    does: Callable[[CallTool, Call, Given], object] = as_sent
    alone: bool = False
    timeout_s: float | None = None
    blocking: bool = False
    needs: tuple[type, ...] = ()
    renders: Callable[[object], str] = str

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, "", "{}")

    @property
    def exclusive(self) -> bool:
        return self.alone

    def answer(self, call: ToolCall, view: View, /) -> Steps[ToolResult, CallTool]:
        return (yield from CallTool(self.name, call.arguments, call.id))

    def invoke(self, effect: CallTool, call: Call, given: Given, /) -> object:
        return self.does(effect, call, given)

    def rendered(self, value: object, /) -> tuple[ResultContent, ...]:
        return (Text(self.renders(value)),)


@frozen
class Quiet(Tool[Never]):
    """A tool that asks nobody."""

    name: str

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, "", "{}")

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[Never], object, ToolResult]:
        yield from ()
        return ToolResult(call.id, self.name, (Text(f"{view.me} did {call.arguments}"),))


@frozen
class Weigh(Effect[str]):
    """An effect of a tool's own."""

    what: str

    def accept(self, value: object, /) -> str:
        return proved(value, str)


@frozen
class Scales(Tool[Weigh]):
    """A tool that asks for another effect than ``CallTool``."""

    name: str

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, "", "{}")

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[Weigh], object, ToolResult]:
        return ToolResult(call.id, self.name, (Text((yield from Weigh(call.arguments))),))
