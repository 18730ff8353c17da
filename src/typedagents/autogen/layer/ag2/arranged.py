"""How a group chat is arranged: what groups do otherwise that a pattern plans. The base of ``GroupChat``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedagents.core.log import Log
from typedagents.core.team import Team

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.layer.agentchat.calling import LayerEffect
    from typedagents.autogen.layer.agentchat.compiling import Compiler
    from typedagents.autogen.layer.agentchat.running import Running, Stands


class Arranged:
    """A group as its settings say."""

    def arranged(
        self,
        team: Team[LayerEffect],
        log: Log | None,
        asks: Compiler,
        stands: Stands,
        starter: ConversableAgent,
    ) -> tuple[Team[LayerEffect], Log | None]:
        """The team that holds this group, and the log that it goes on from: for groups that are arranged otherwise."""
        del asks, stands, starter
        return team, log

    def heed(self, running: Running, log: Log | None) -> None:
        """Take notice of how the conversation stands."""
