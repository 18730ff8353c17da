"""A group chat in turn."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.autogen.agentchat.group.targets.transition_target import AgentTarget, TransitionTarget

from .pattern import Pattern


class RoundRobinPattern(Pattern):
    """All speak in turn: the initial agent, the others as they are listed, and the user last."""

    def after(self) -> Mapping[str, TransitionTarget]:
        user = self.user_agent
        others = [one for one in self.agents if one is not self.initial_agent and one is not user]
        first = [] if self.initial_agent is user else [self.initial_agent]
        order = [*first, *others, *(() if user is None else (user,))]
        return {
            one.name: AgentTarget(other) for one, other in zip(order, [*order[1:], order[0]], strict=True)
        }
