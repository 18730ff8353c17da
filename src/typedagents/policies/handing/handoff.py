"""Handing over by a tool call: what a model is told, and what becomes of its call."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final, Generic, Never, assert_never, overload

from attrs import evolve, frozen

from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.log import Log
from typedagents.core.model import ToolSpec
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.view import View
from typedagents.core.walking import walked
from typedagents.policies.calling.pending import not_made
from typedagents.policies.combinators import E
from typedagents.policies.words import named
from typedagents.tools.tool import Tool

from .targets import Floor, Over, Target, ToAgent, Told, landed

NO_PARAMETERS: Final = '{"type":"object","properties":{},"additionalProperties":false}'
MOST_LETTERS = 64


@frozen(repr=False)
class Handoff(Tool[E_co], Generic[E_co]):
    """A tool that hands over; see ``handoff``."""

    told: ToolSpec
    target: Target[E_co]

    @property
    def spec(self) -> ToolSpec:
        return self.told

    @property
    def parts(self) -> tuple[Target[E_co], ...]:
        return (self.target,)

    def open(self, log: Log) -> bool:
        """Whether it can be called now: its target applies."""
        return self.target.applies(log)

    def renamed(self, name: str, /) -> Handoff[E_co]:
        return evolve(self, told=evolve(self.told, name=_tool_name(name)))

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[E_co], object, ToolResult]:
        if not call.complete:
            return not_made(call, f"The call of {call.name} was cut off, and was not made. Call it again.")
        landing = yield from landed(self.target, view)
        match landing:
            case None:
                return not_made(call, f"{call.name} is not possible now.")
            case Floor(agent):
                return ToolResult(call.id, call.name, (Text(f"Transfer to {agent}"),), hand_to=agent)
            case Over(reason):
                told = Text(f"The conversation ends here: {reason}")
                return ToolResult(call.id, call.name, (told,), ends=str(reason))
            case Told(text):
                return ToolResult(call.id, call.name, (Text(text),))
            case _ as never:
                assert_never(never)

    def __repr__(self) -> str:
        return f"handoff({self.target!r}, {named(self.told.description)})"


def _tool_name(name: str) -> str:
    if len(name) > MOST_LETTERS or not re.fullmatch(r"[a-zA-Z0-9_-]+", name):
        raise ConfigError(
            f"a handoff is told to models as a tool, whose name is 1 to {MOST_LETTERS} of a-z, A-Z, 0-9, '_' and '-'; "
            f"found {name!r}: give it another, handoff(..., name=...)"
        )
    return name


def _name_for(target: Target[AnyEffect]) -> str:
    """``transfer_to_<agent>``, where ``target`` names one agent and no other."""
    names = [part.agent for part in walked(target, teams=False) if isinstance(part, ToAgent)]
    if len(set(names)) != 1:
        raise ConfigError(
            f"a handoff to {target!r} has no one agent to be named for; give it a name: handoff(..., name=...)"
        )
    return _tool_name(f"transfer_to_{re.sub(r'[^a-zA-Z0-9_-]', '_', names[0])}"[:MOST_LETTERS])


@overload
def handoff(target: str, description: str, *, name: str = ...) -> Handoff[Never]: ...
@overload
def handoff(target: Target[E], description: str, *, name: str = ...) -> Handoff[E]: ...
def handoff(target: str | Target[AnyEffect], description: str, *, name: str = "") -> Handoff[AnyEffect]:
    """A tool by which a model hands over: to an agent by name, or to any target.

    The model is told of it as ``transfer_to_<agent>``, or ``name``, and of ``description``: when to call it. It has no
    parameters. Where its target does not apply, ``with_handoffs`` keeps it from the model.
    """
    place = ToAgent(target) if isinstance(target, str) else target
    spec = ToolSpec(_tool_name(name) if name else _name_for(place), description, NO_PARAMETERS)
    return Handoff(spec, place)
