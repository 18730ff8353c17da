"""A conversation as a tool: a model calls it with a question, and is told what the team came to."""

from __future__ import annotations

from collections.abc import Generator
from typing import Annotated, Generic

from attrs import evolve, frozen

from typedagents.core.ambient import Now
from typedagents.core.effect import E, E_co, EffectFailed, Request, proved
from typedagents.core.kernel import converse
from typedagents.core.message import Message
from typedagents.core.model import ToolSpec
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Team
from typedagents.core.view import View
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.function import tool
from typedagents.tools.function_calls import failed_result
from typedagents.tools.function_options import tool_name
from typedagents.tools.tool import Tool


@tool
def asked(message: Annotated[str, "What is asked, with all that has to be known to answer it."]) -> None:
    """What every such tool takes; this one is called by nobody."""


@frozen(repr=False)
class TeamTool(Tool[E_co | Now], Generic[E_co]):
    """A tool that holds a conversation; see ``team_tool``."""

    told: ToolSpec
    team: Team[E_co]

    @property
    def spec(self) -> ToolSpec:
        return self.told

    @property
    def teams(self) -> tuple[Team[E_co], ...]:
        return (self.team,)

    def renamed(self, name: str, /) -> TeamTool[E_co]:
        return TeamTool(evolve(self.told, name=tool_name(name)), self.team)

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[E_co | Now], object, ToolResult]:
        try:
            sent = proved(asked.check(call.arguments), dict)
        except BadArguments as error:
            return failed_result(call.id, call.name, str(error))
        ended = yield from converse(self.team, Message(view.me, str(sent["message"]), "model"))
        if isinstance(ended.reason, EffectFailure):
            raise EffectFailed(ended.reason.failure)
        if len(ended.log.transcript) <= 1:  # the question, where it may be said
            return failed_result(call.id, call.name, f"Nobody had an answer: {ended.reason}")
        return ToolResult(call.id, call.name, (Text(ended.log.summary),))

    def __repr__(self) -> str:
        return f"team_tool({self.told.name!r}, {self.team.name!r})"


def team_tool(name: str, team: Team[E], description: str) -> TeamTool[E | Now]:
    """A tool by which a model asks a team: it calls ``name`` with a message, and is told what the team makes of it.

    The team hears the message as said by the agent that calls, and nothing else of its conversation; so its first agent
    speaks first. It has limits of its own, within those of the conversation around, and its trace stands within that.
    """
    return TeamTool(evolve(asked.spec, name=tool_name(name), description=description), team)
