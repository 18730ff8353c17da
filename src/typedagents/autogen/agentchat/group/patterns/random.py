"""A group chat by lot."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.autogen.agentchat.group.targets.transition_target import RandomAgentTarget, TransitionTarget

from .pattern import Pattern


class RandomPattern(Pattern):
    """Lots are drawn among all but whoever spoke last."""

    def after(self) -> Mapping[str, TransitionTarget]:
        user = () if self.user_agent is None or self.user_agent in self.agents else (self.user_agent,)
        members = [*self.agents, *user]
        return {
            one.name: RandomAgentTarget([other for other in members if other is not one]) for one in members
        }
