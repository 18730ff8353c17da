"""Conversations as tools: a model asks a team, or an agent, by calling it (agent as tool, team as tool).

    as_tool(experts, name="ask_experts", description="Asks a panel.")      its one argument is ``message``, a text

    def research(topic: str, depth: int = 1) -> str:
        "Finds out about a topic."
        return f"Find out about {topic}, {depth} levels deep."

    as_tool(researchers, research)                                         its arguments are those of the function

How the conversation ended                         what the model is told
a rule, a limit on turns, a stop, silence          what it came to: its summary
the same, and nothing was said                     a failed result: why it ended
an effect failed that nobody in it dealt with      a failed result: which
a human left, a limit on effects or a budget       nothing: the whole run is over, as with any conversation in another
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from inspect import iscoroutinefunction
from typing import Annotated, Generic, ParamSpec, TypedDict, overload

from attrs import evolve, field, frozen
from typing_extensions import Unpack

from typedagents.core.ambient import Now
from typedagents.core.effect import E, E_co, Request
from typedagents.core.errors import ConfigError, PolicyError, ToolError
from typedagents.core.kernel import converse
from typedagents.core.limits import Limits
from typedagents.core.message import Message, Words, as_parts, says_something
from typedagents.core.model import ToolSpec
from typedagents.core.parts import Part, ToolCall, ToolResult
from typedagents.core.stop import EffectFailure
from typedagents.core.team import USER, Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.turn import Ended
from typedagents.core.view import View
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.decoding import decoded
from typedagents.tools.functions.calls import failed_result
from typedagents.tools.functions.decorator import tool
from typedagents.tools.functions.injection import OfContext, from_context
from typedagents.tools.functions.tool import ToolOfFunction
from typedagents.tools.tool import Tool

P = ParamSpec("P")
ONE_TURN = Limits(max_decisions=1)


def ask(message: Annotated[str, "What is asked, with all that has to be known to answer it."]) -> str:
    """Asks others, who are shown nothing of this conversation."""
    return message


@frozen(repr=False)
class TeamTool(Tool[E_co | Now], Generic[E_co]):
    """See the module's text, and ``as_tool``. ``opening`` makes of a call's arguments what is said first."""

    team: Team[E_co] = field(hash=False)
    opening: ToolOfFunction[Words, CallTool]

    def __attrs_post_init__(self) -> None:
        name = self.opening.spec.name
        for one in self.opening.parameters.injections:
            if not isinstance(one.source, OfContext):
                raise ConfigError(
                    f"tool {name!r} holds a conversation, and what opens it is made without asking the world: parameter "
                    f"{one.name!r} cannot be filled; let the model fill it, or a context variable, Annotated[..., variable]"
                )

    @property
    def spec(self) -> ToolSpec:
        return self.opening.spec

    @property
    def teams(self) -> tuple[Team[E_co], ...]:
        return (self.team,)

    @property
    def exclusive(self) -> bool:
        return self.opening.exclusive

    def renamed(self, name: str, /) -> TeamTool[E_co]:
        return evolve(self, opening=self.opening.renamed(name))

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[E_co | Now], object, ToolResult]:
        name = self.spec.name
        try:
            said = self._said(call, view)
        except (BadArguments, ToolError) as error:
            return failed_result(call.id, name, str(error))
        ended = yield from converse(self.team, said)
        if isinstance(ended.reason, EffectFailure):
            failure = ended.reason.failure
            return failed_result(call.id, name, f"{name} failed ({failure.kind}): {failure.text}")
        came_to = _came_to(ended, opened=said is not None or self.team.opening is not None)
        if not came_to.strip():
            return failed_result(call.id, name, f"{name} came to nothing: {ended.reason}")
        return ToolResult(call.id, name, self.opening.rendered(came_to))

    def _said(self, call: ToolCall, view: View) -> Message | None:
        """What the conversation is opened with; None where the function says nothing, and the team begins as it does."""
        parameters = self.opening.parameters
        sent = decoded(call.arguments, parameters.shaped)
        besides = from_context(parameters.injections, view.context)
        words: object = self.opening.given(parameters.arguments(sent, besides))
        if not isinstance(words, str | Part | Sequence):
            raise PolicyError(
                f"what opens the conversation of tool {self.spec.name!r} must be a text or parts; the function returned "
                f"{words!r:.60}"
            )
        parts = as_parts(words)
        caller = view.me if view.me not in self.team.agents else USER
        return Message(self.team.opener or caller, parts, "model") if says_something(parts) else None

    def __repr__(self) -> str:
        return f"as_tool({self.team.name!r}, name={self.spec.name!r})"


def _came_to(ended: Ended, *, opened: bool) -> str:
    """The summary; nothing where that is no more than what it was opened with."""
    summed = ended.log.summed
    if (summed is None or summed.failure) and len(ended.transcript) <= opened:
        return ""
    return ended.log.summary


class TeamToolOptions(TypedDict, total=False):
    """What ``as_tool`` takes besides: see ``tool``. ``max_chars`` is the most characters of a result."""

    name: str
    description: str
    strict: bool
    exclusive: bool
    max_chars: int | None


@overload
def as_tool(held: Team[E] | Agent[E], /, **options: Unpack[TeamToolOptions]) -> TeamTool[E]: ...
@overload
def as_tool(
    held: Team[E] | Agent[E], opening: Callable[P, Words], /, **options: Unpack[TeamToolOptions]
) -> TeamTool[E]: ...
def as_tool(
    held: Team[E] | Agent[E], opening: Callable[P, Words] | None = None, /, **options: Unpack[TeamToolOptions]
) -> TeamTool[E]:
    """A tool that holds a conversation: of a team, or of an agent that has one turn. Its result is the summary.

    What is said first is the call's one argument, ``message``, or what ``opening``, a pure function, makes of arguments
    that its signature describes, as with ``tool``; a parameter may be a context variable of the conversation around. In a
    chat the starter says it; in other teams the agent that calls, so that the first agent is the first to answer. The
    model is told the function's name and docstring; without one, the name of the team or agent, and the agent's
    description; or else ``name`` and ``description``.

    Calls of one message are held side by side, unless ``exclusive``. Traces nest, and the limits and budgets of the run
    around hold within.
    """
    given: TeamToolOptions = {**options}
    if opening is None:
        given.setdefault("name", held.name)
        if isinstance(held, Agent) and held.description:
            given.setdefault("description", held.description)
        return TeamTool(_team_of(held), tool(ask, **given))
    if iscoroutinefunction(opening):
        raise ConfigError(
            f"{opening.__name__} makes what is said first, and cannot be async: it asks nobody; make it a plain function"
        )
    return TeamTool(_team_of(held), tool(opening, **given))


def _team_of(held: Team[E] | Agent[E]) -> Team[E]:
    return group(held, limits=ONE_TURN, name=held.name) if isinstance(held, Agent) else held
