"""Which tools a policy tells a model of, and which it runs: read off policies, so that a tool that is told and run by
nobody is found when a team is built, and one that a world lacks before a run starts.

A policy says so by an attribute ``wiring``; what one that is made of others says there stands for its parts as well.
Teams say it too, for policies that hold their conversations: those are shown calls that wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from .errors import ConfigError, listed
from .message import AgentName
from .model import ToolSpec
from .performs import own_effects
from .tool import CallTool
from .walking import parts_of, teams_of, walked

NO_NAMES: frozenset[str] = frozenset()


@frozen
class Wiring:
    """What is known of a policy's tools.

    ``tells``: what a model is told of, so that it says calls that wait for whoever runs the tool. ``runs``: names of
    tools whose waiting calls the policy answers. ``calls``: names that it asks the world for, by ``CallTool``.
    ``open``: it may run others as well, and does not say which.
    """

    tells: tuple[ToolSpec, ...] = ()
    runs: frozenset[str] = NO_NAMES
    calls: frozenset[str] = NO_NAMES
    open: bool = False

    def __or__(self, other: Wiring) -> Wiring:
        tells = (*self.tells, *(spec for spec in other.tells if spec not in self.tells))
        return Wiring(tells, self.runs | other.runs, self.calls | other.calls, self.open or other.open)


NO_WIRING = Wiring()
UNKNOWN = Wiring(open=True)


def wiring_of(policy: object) -> Wiring:
    """What ``policy`` and its parts tell and run; O(their number)."""
    found = NO_WIRING
    for here in walked(policy, whole=_speaks_for_itself):
        said = _said(here)
        if said is not None:
            found |= said
        elif parts_of(here) is None and not teams_of(here) and _may_call(here):
            found |= UNKNOWN
    return found


def _speaks_for_itself(policy: object) -> bool:
    return _said(policy) is not None


def _said(policy: object) -> Wiring | None:
    wiring: object = getattr(policy, "wiring", None)
    return wiring if isinstance(wiring, Wiring) else None


def _may_call(policy: object) -> bool:
    """Whether a policy that says nothing of its tools may call some: it is not known what it asks for, or it is that."""
    effects = own_effects(policy)
    return effects is None or any(issubclass(kind, CallTool) for kind in effects)


def wiring_of_all(agents: Iterable[Wiring]) -> Wiring:
    """That of a team, for whoever holds its conversation: what its agents are told of concerns nobody else."""
    found = NO_WIRING
    for one in agents:
        found |= evolve(one, tells=())
    return found


def check_wiring(team: str, agents: Mapping[AgentName, Wiring]) -> None:
    """Raise ``ConfigError`` where a tool is told to an agent and run by none; nothing is known where one is open."""
    if any(wiring.open for wiring in agents.values()):
        return
    run = {name for wiring in agents.values() for name in wiring.runs}
    for agent, wiring in agents.items():
        lacking = [spec.name for spec in wiring.tells if spec.name not in run]
        if lacking:
            told = "tool" if len(lacking) == 1 else "tools"
            raise ConfigError(
                f"agent {agent!r} is told of {told} {listed(lacking)}, but no agent of team {team!r} runs "
                f"{'it' if len(lacking) == 1 else 'them'}; run are: {_runners(agents)}. Let another agent answer such calls "
                f"(user_proxy(..., runs=tools), or the policy tool_reply(tools)), or let {agent!r} make them itself "
                "(assistant(..., tools=tools), or the policy tool_loop(policy, tools))"
            )


def _runners(agents: Mapping[AgentName, Wiring]) -> str:
    """Who runs what."""
    runners = (
        f"{listed(sorted(wiring.runs))} by {agent!r}" for agent, wiring in agents.items() if wiring.runs
    )
    return "; ".join(runners) or "none"
