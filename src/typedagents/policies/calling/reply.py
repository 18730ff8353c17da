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
from typedagents.core.structure import each
from typedagents.core.view import View
from typedagents.core.wiring import Wiring, wiring_of
from typedagents.policies.combinators import E
from typedagents.policies.words import written
from typedagents.tools.tool import Performed, Tool
from typedagents.tools.toolset import Toolset

from .pending import not_made, pending_calls
from .settling import Several, changed, fitting, settled, several_of

# --- answering several calls ------------------------------------------------------------------------------------


def answers(
    calls: Sequence[ToolCall], tools: Toolset[E], view: View
) -> Generator[Request[E], object, tuple[ToolResult, ...]]:
    """What ``calls`` come to, in their order: side by side, but for tools that are exclusive, which run alone.

    What runs side by side is shown the same context variables; what runs after it, those that it changed.
    """
    results: list[ToolResult] = []
    for batch in _batches(calls, tools):
        programs = [_answer(call, tools, view) for call in batch]
        came = (yield from each(programs)) if len(programs) > 1 else ((yield from programs[0]),)
        results.extend(came)
        view = changed(view, settled(came).changes)
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
    """That of a policy that answers the calls of ``tools``."""
    asked = {tool.spec.name for tool in tools.tools if isinstance(tool, Performed)}
    within = {name for tool in tools.tools for name in wiring_of(tool).calls}
    return Wiring(runs=frozenset(tools), calls=frozenset(asked | within))


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
    def parts(self) -> tuple[Tool[E_co], ...]:
        return self.tools.tools

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
