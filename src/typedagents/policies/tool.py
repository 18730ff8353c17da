"""Answering the calls that others say: for the agent that runs tools of which another's model is told."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import groupby
from typing import Generic, Literal, TypeAlias

from attrs import field, frozen

from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, E_co, EffectFailed, Request
from typedagents.core.errors import ConfigError
from typedagents.core.message import agent_name
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.performs import performs_of
from typedagents.core.structure import each
from typedagents.core.view import View
from typedagents.core.wiring import Wiring
from typedagents.tools.tool import Performed
from typedagents.tools.toolset import Toolset

from .combinators import E
from .settling import Several, fitting, settled, several_of
from .tool_pending import not_made, pending_calls
from .words import written

# --- answering several calls ------------------------------------------------------------------------------------


def answers(
    calls: Sequence[ToolCall], tools: Toolset[E], view: View
) -> Generator[Request[E], object, tuple[ToolResult, ...]]:
    """What ``calls`` come to, in their order: side by side, but for tools that are exclusive, which run alone."""
    results: list[ToolResult] = []
    for batch in _batches(calls, tools):
        programs = [_answer(call, tools, view) for call in batch]
        if len(programs) == 1:
            results.append((yield from programs[0]))
        else:
            results.extend((yield from each(programs)))
    return tuple(results)


def _batches(calls: Sequence[ToolCall], tools: Toolset[AnyEffect]) -> Iterator[tuple[ToolCall, ...]]:
    """``calls`` in order, each exclusive one by itself, the others as many together as stand together."""

    def alone(call: ToolCall) -> bool:
        return call.name in tools and tools[call.name].exclusive

    for exclusive, together in groupby(calls, alone):
        if exclusive:
            yield from ((call,) for call in together)
        else:
            yield tuple(together)


def _answer(call: ToolCall, tools: Toolset[E], view: View) -> Generator[Request[E], object, ToolResult]:
    """What one call comes to. An effect that fails and that the tool does not deal with is a failed result, too."""
    try:
        return fitting((yield from tools.answer(call, view)), view.roster)
    except EffectFailed as error:
        failure = error.failure
        return not_made(call, f"{call.name} failed ({failure.kind}): {failure.text}")


# --- what is known of tools -------------------------------------------------------------------------------------


def wiring_of_tools(tools: Toolset[AnyEffect]) -> Wiring:
    """That of a policy that answers the calls of ``tools``; what a tool says by an attribute ``wiring`` is in it."""
    asked = (tool.spec.name for tool in tools.tools if isinstance(tool, Performed))
    found = Wiring(runs=frozenset(tools), calls=frozenset(asked))
    for tool in tools.tools:
        own: object = getattr(tool, "wiring", None)
        found = found | own if isinstance(own, Wiring) else found
    return found


def effects_of_tools(tools: Toolset[AnyEffect]) -> tuple[type[AnyEffect], ...] | None:
    """The effects that ``tools`` say they ask for, by ``performs`` or by their annotation; None where one says nothing."""
    found: dict[type[AnyEffect], None] = {}
    for tool in tools.tools:
        declared: object = getattr(tool, "performs", None)
        known = performs_of(tool.answer if declared is None else tool)
        if known is None:
            return None
        found.update(dict.fromkeys(known))
    return tuple(found)


# --- the policy -------------------------------------------------------------------------------------------------

Others: TypeAlias = Literal["refuse", "leave"]
"""What becomes of calls of tools that are not ours: they are told so, or left to another agent."""


def _others(given: Others) -> Others:
    if given not in ("refuse", "leave"):
        raise ConfigError(f"others is 'refuse' or 'leave'; found {given!r}")
    return given


@frozen(repr=False)
class ToolPolicy(Generic[E_co]):
    """Answers the calls that wait, all in one message; passes where none does."""

    tools: Toolset[E_co]
    others: Others = field(default="refuse", converter=_others)
    several: Several = field(default="last", converter=several_of)

    @property
    def wiring(self) -> Wiring:
        return wiring_of_tools(self.tools)

    @property
    def performs(self) -> tuple[type[AnyEffect], ...] | None:
        return effects_of_tools(self.tools)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        calls = pending_calls(view.log).calls
        if self.others == "leave":
            calls = tuple(call for call in calls if call.name in self.tools)
        if not calls:
            return Pass()
        came = settled((yield from answers(calls, self.tools, view)), self.several)
        to = None if came.hand_to is None else agent_name(came.hand_to)
        return Reply(came.results, "tool", came.changes, to, ends=came.ends)

    def __repr__(self) -> str:
        return written("tool_reply", self, self.tools)


def tool_reply(tools: Toolset[E], *, others: Others = "refuse", several: Several = "last") -> ToolPolicy[E]:
    """The policy that runs ``tools`` where another agent's model, or its own, has called them.

    All calls of a message are answered in one reply, in their order. ``others="leave"``: calls of tools that are not
    among these wait for another agent that has them; else the model is told that there is no such tool. ``several``:
    which holds, where results of one message hand over to different agents.
    """
    return ToolPolicy(tools, others, several)
