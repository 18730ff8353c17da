"""Before a run starts: whether the world performs what the team's policies say they may ask for, tool by tool.

For people who use no type checker. What a policy says nothing about is found when it asks.
"""

from __future__ import annotations

from typing import Never

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.effect import AnyEffect, E
from typedagents.core.errors import ConfigError, UnknownTeam
from typedagents.core.handler import Handler
from typedagents.core.performs import performs_of
from typedagents.core.registry import Teams, named_team
from typedagents.core.team import Team
from typedagents.core.tool import CallTool
from typedagents.trace.lines import Header

from .perform import nobody_performs
from .tools import ToolAnswer

ALWAYS = (Now, Draw, Sleep)


def begun_by(header: Header, given: Team[E] | Teams[E]) -> Team[E]:
    """The team that the run of this ``header`` goes on with; ``UnknownTeam`` where none of its version is given."""
    if isinstance(given, Teams):
        return given.find(header.team, header.version)
    if given.version != header.version:
        raise UnknownTeam(header.team, header.version, [named_team(given)])
    return given


def check_performs(team: Team[AnyEffect], handler: Handler[Never]) -> None:
    """Raise ``ConfigError`` naming the agent that may ask for what nobody performs; O(size of the policies)."""
    askers = [(f"agent {agent.name!r} of team {team.name!r}", agent.policy) for agent in team.agents.values()]
    for who, policy in [*askers, (f"the selector of team {team.name!r}", team.select)]:
        for kind in sorted(performs_of(policy) or (), key=lambda kind: kind.kind):
            if not issubclass(kind, ALWAYS) and handler.answer_to(kind) is None:
                raise ConfigError(f"{who} may ask for {kind.kind}, but {nobody_performs(kind.kind, handler)}")
    _check_tools(team, handler)


def _check_tools(team: Team[AnyEffect], handler: Handler[Never]) -> None:
    """Raise ``ConfigError`` where an agent calls a tool that the world's ``with_tools`` was not given."""
    answer = handler.answer_to(CallTool)
    if not isinstance(answer, ToolAnswer):
        return  # a function of the program's own answers, and may know any tool
    for agent in team.agents.values():
        lacking = sorted(agent.wiring.calls - answer.tools.keys())
        if lacking:
            known = ", ".join(answer.tools) or "none"
            raise ConfigError(
                f"agent {agent.name!r} of team {team.name!r} runs tools that this world does not have: "
                f"{', '.join(lacking)}; it has: {known}; give them to its with_tools"
            )
