"""A tool loop: one agent that calls its tools itself, all in one turn.

    ask the policy  ->  no calls: that is the answer
                    ->  calls: make them, show the policy what they came to, ask again

Whatever happens, each call that is said has a result behind it, unless it waits for another agent. Beside an answer,
these end the loop:

    max_calls        further calls are refused, and the policy is asked one last time; calls that it says then are
                     refused as well
    max_repeats      the same calls came to the same so many times in a row: the policy is told, and when it says them
                     once more all the same, they are refused
    a hand-over      a result says who speaks next, or ends the conversation; ``several``: which, where several do
    other's tools    calls of tools that the policy tells of and another agent runs: the loop's own are made, those wait
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, Never, overload

from attrs import evolve, field, frozen

from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.view import Policy, View
from typedagents.core.wiring import Wiring, wiring_of
from typedagents.policies.combinators import E1, E2
from typedagents.policies.words import written
from typedagents.tools.toolset import Toolset

from .reply import ToolPolicy, answers, wiring_of_tools
from .settling import Several, settled, several_of
from .turn import Rounds, Turn

MAX_CALLS = 50
MAX_REPEATS = 3


def _positive(value: Limit) -> Limit:
    if value is not Unlimited and value < 1:
        raise ConfigError(f"a tool loop counts from 1, or is Unlimited; found {value!r}")
    return value


@frozen(repr=False)
class ToolLoop(Generic[E_co]):
    """See the module's text, and ``tool_loop``."""

    policy: Policy[E_co]
    tools: Toolset[E_co]
    max_calls: Limit = field(default=MAX_CALLS, converter=_positive)
    max_repeats: Limit = field(default=MAX_REPEATS, converter=_positive)
    several: Several = field(default="last", converter=several_of)

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy, ToolPolicy(self.tools))

    @property
    def wiring(self) -> Wiring:
        """That of the policy; calls of the loop's own tools wait for nobody else."""
        inner = wiring_of(self.policy)
        tells = tuple(spec for spec in inner.tells if spec.name not in self.tools)
        return evolve(inner, tells=tells, calls=inner.calls | wiring_of_tools(self.tools).calls)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        turn, rounds = Turn(view), Rounds(self.max_calls, self.max_repeats)
        while True:
            decision = yield from consult(self.policy, turn.view)
            if not isinstance(decision, Reply):
                return turn.ended_by(decision)
            calls = turn.say(decision)
            others = {spec.name for spec in self.wiring.tells} if calls else set()
            mine = tuple(call for call in calls if call.name not in others)
            if mine:
                results = yield from answers(rounds.admitted(mine), self.tools, turn.view)
                turn.settle(settled(rounds.answered(mine, results), self.several))
            if not mine or len(mine) < len(calls) or rounds.over or not turn.goes_on:
                return turn.reply()

    def __repr__(self) -> str:
        return written("tool_loop", self, self.policy, self.tools)


# The first overload is for policies that ask nobody: nothing would bind the variable of the other.
@overload
def tool_loop(
    policy: Policy[Never],
    tools: Toolset[E2],
    *,
    max_calls: Limit = ...,
    max_repeats: Limit = ...,
    several: Several = ...,
) -> ToolLoop[E2]: ...
@overload
def tool_loop(
    policy: Policy[E1],
    tools: Toolset[E2],
    *,
    max_calls: Limit = ...,
    max_repeats: Limit = ...,
    several: Several = ...,
) -> ToolLoop[E1 | E2]: ...
def tool_loop(
    policy: Policy[AnyEffect],
    tools: Toolset[AnyEffect],
    *,
    max_calls: Limit = MAX_CALLS,
    max_repeats: Limit = MAX_REPEATS,
    several: Several = "last",
) -> ToolLoop[AnyEffect]:
    """``policy`` with ``tools`` to call itself: it is asked again and again, until it says something without a call.

    All of it is one turn, and one reply of several messages. ``max_calls`` are made at most, failed ones included;
    ``max_repeats``: how often in a row the same call may come to the same. A result that hands over ends the turn.
    """
    return ToolLoop(policy, tools, max_calls, max_repeats, several)
