"""Effects and policies that the tests of the interpreter share."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from attrs import frozen

from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.effect import Effect, Failed, Ok, Repetition, Steps, proved
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.structure import attempt, each, race
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import Policy, View


@frozen
class Fetch(Effect[str]):
    """May be repeated."""

    repeats: ClassVar[Repetition] = "idempotent"
    what: str

    def accept(self, value: object, /) -> str:
        return proved(value, str)


@frozen
class Send(Effect[str]):
    """Must not be repeated."""

    what: str

    def accept(self, value: object, /) -> str:
        return proved(value, str)


@frozen
class Fetches:
    """Fetches these one after the other, then says what came and stops."""

    what: tuple[str, ...]

    def __call__(self, view: View, /) -> Steps[Decision, Fetch]:
        came = ""
        for what in self.what:
            came += yield from Fetch(what)
        return Reply(",".join(came))


@frozen
class FetchesAll:
    """Fetches these side by side."""

    what: tuple[str, ...]

    def __call__(self, view: View, /) -> Steps[Decision, Fetch]:
        return Reply(",".join((yield from each([Fetch(what) for what in self.what]))))


@frozen
class FetchesFirst:
    """Fetches whichever comes first."""

    what: tuple[str, ...]

    def __call__(self, view: View, /) -> Steps[Decision, Fetch]:
        return Reply((yield from race([Fetch(what) for what in self.what])))


@frozen
class Sends:
    """Sends these one after the other, and says what became of each."""

    what: tuple[str, ...]

    def __call__(self, view: View, /) -> Steps[Decision, Send]:
        said: list[str] = []
        for what in self.what:
            match (yield from attempt(Send(what))):
                case Ok(value):
                    said.append(value)
                case Failed(kind):
                    said.append(kind)
        return Reply(",".join(said))


def one(policy: Policy[Fetch], turns: int = 1) -> Team[Fetch]:
    """A team of one who fetches."""
    return group(Agent(AgentName("a"), policy), limits=Limits(max_decisions=turns))


def sender(policy: Policy[Send], turns: int = 1) -> Team[Send]:
    """A team of one who sends."""
    return group(Agent(AgentName("a"), policy), limits=Limits(max_decisions=turns))


def stops(view: View, /) -> Stop:
    """Says nothing."""
    return Stop("done")


Plain = Callable[[Fetch], str]
