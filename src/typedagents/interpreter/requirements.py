"""Before a run starts: whether the world performs what the team's policies say they may ask for.

For people who use no type checker. What a policy says nothing about is found when it asks.
"""

from __future__ import annotations

from typing import Never

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Handler
from typedagents.core.team import Team
from typedagents.policies.performs import performs_of

from .perform import nobody_performs

ALWAYS = (Now, Draw, Sleep)


def check_performs(team: Team[AnyEffect], handler: Handler[Never]) -> None:
    """Raise ``ConfigError`` naming the agent that may ask for what nobody performs; O(size of the policies)."""
    askers = [(f"agent {agent.name!r} of team {team.name!r}", agent.policy) for agent in team.agents.values()]
    for who, policy in [*askers, (f"the selector of team {team.name!r}", team.select)]:
        for kind in sorted(performs_of(policy) or (), key=lambda kind: kind.kind):
            if not issubclass(kind, ALWAYS) and handler.answer_to(kind) is None:
                raise ConfigError(f"{who} may ask for {kind.kind}, but {nobody_performs(kind.kind, handler)}")
