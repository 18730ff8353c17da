"""Who can do what a message asks for: after a tool call, the agents that run the tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, final

from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName, Message, agent_name
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.view import Roster, SharedView

from .candidates import Admits, Candidates, listed


def called(message: Message | None) -> frozenset[str]:
    """The tools that ``message`` calls, but for those whose results are in it."""
    if message is None:
        return frozenset()
    answered = {part.call_id for part in message.parts if isinstance(part, ToolResult)}
    return frozenset(
        part.name for part in message.parts if isinstance(part, ToolCall) and part.id not in answered
    )


Runs: TypeAlias = Mapping[str, Iterable[str]] | Mapping[AgentName, Iterable[str]]


def _runs(given: Runs) -> tuple[tuple[AgentName, tuple[str, ...]], ...]:
    for name, tools in given.items():
        if isinstance(tools, str):
            raise ConfigError(
                f"the tools that {name!r} runs are a list of names; found the text {tools!r:.60}"
            )
    return tuple((agent_name(name), tuple(sorted(set(tools)))) for name, tools in given.items())


@final
@frozen(repr=False)
class Able(Candidates):
    """See ``able``."""

    runs: tuple[tuple[AgentName, tuple[str, ...]], ...] = field(converter=_runs)

    def _able(self, needed: frozenset[str]) -> frozenset[AgentName]:
        """Who runs all that is needed; where nobody does, who runs some of it."""
        every = frozenset(name for name, tools in self.runs if needed <= set(tools))
        return every or frozenset(name for name, tools in self.runs if needed & set(tools))

    def admits(self, view: SharedView, /) -> Admits:
        needed = called(view.log.transcript.last)
        return self._able(needed).__contains__ if needed else lambda name: True

    def check_roster(self, roster: Roster, /) -> None:
        strangers = [name for name, _ in self.runs if name not in roster]
        if strangers:
            raise ConfigError(
                f"able says what {listed(strangers)} runs, not in the team; it has: {listed(roster)}"
            )

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        needed = sorted(called(view.log.transcript.last))
        runners = [name for name in view.roster if name in self._able(frozenset(needed))]
        if runners:
            return f"only {listed(runners)} can run {listed(needed)}, which the last message calls"
        return f"no agent runs {listed(needed)}, which the last message calls"

    def __repr__(self) -> str:
        return f"able({ {name: [*tools] for name, tools in self.runs} })"


def able(runs: Runs) -> Able:
    """Those who run what the last message calls, all of it if anybody does; everyone where it calls nothing.

    ``runs``: the names of the tools that each agent runs.
    """
    return Able(runs)
