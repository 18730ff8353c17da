"""User code that both checkers must reject, on the marked lines and nowhere else."""

from __future__ import annotations

from collections.abc import Generator

from attrs import frozen

from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Effect, Steps, proved
from typedagents.core.human import AskHuman, Left
from typedagents.core.message import AgentName
from typedagents.core.structure import both
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import Policy, View
from typedagents.interpreter.world import World


@frozen
class Weigh(Effect[float]):
    what: str

    def accept(self, value: object, /) -> float:
        return proved(value, float)


@frozen
class Paint(Effect[str]):
    what: str

    def accept(self, value: object, /) -> str:
        return proved(value, str)


@frozen
class Wrong(Effect[float]):
    def accept(self, value: object, /) -> str:  # E: accept
        return ""


def weighs(view: View, /) -> Steps[Decision, Weigh]:
    weight: str = yield from Weigh("me")  # E: float
    yield from Paint("it")  # E: Paint
    return Reply(weight)


def mixes(view: View, /) -> Steps[Decision, Weigh]:
    yield from both(Weigh("a"), Paint("b"))  # E: Paint
    return Reply("")


def asks(view: View, /) -> Steps[Decision, AskHuman]:
    yield from AskHuman("?", view.me)
    return Reply("")


def returns_text(view: View, /) -> str:
    return "hello"


async def is_async(view: View, /) -> Decision:
    return Reply("hello")


def forgets(view: View, /) -> Steps[Decision, Weigh]:
    yield Weigh("me")  # E: Weigh
    return Reply("")


def says_too_little(view: View, /) -> Generator[Weigh, object, Decision]:
    yield Weigh("me")
    return Reply("")


asker = Agent(AgentName("asker"), asks)
weigher = Agent(AgentName("weigher"), weighs)
Agent(AgentName("text"), returns_text)  # E: str
Agent(AgentName("later"), is_async)  # E: Coroutine
Agent(AgentName("wrong"), says_too_little)  # E: Weigh
Agent(asks, AgentName("turned"))  # E: AgentName

scales = World(Weigh.by(lambda effect: 1.0), store=None)
scales.run_sync(group(weigher))
scales.run_sync(group(weigher, asker))  # E: AskHuman
scales.run_sync(group(asker))  # E: AskHuman
scales.replay(group(asker), "r")  # E: AskHuman

Weigh.by(lambda effect: "heavy")  # E
Weigh.by(lambda: 1.0)  # E: by
AskHuman.by(lambda effect: Left)  # E: Left

narrow: Policy[Weigh] = asks  # E: AskHuman
team: Team[Weigh] = group(asker)  # E: AskHuman
Variable("n", int).to("7")  # E: "to"
scales.dice = None  # E: dice
