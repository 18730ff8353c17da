"""Policies, selectors, tools and summaries as people write them: what compositions have beside the library's own."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from attrs import frozen

from tests.policies.compositions.answers import Asks
from tests.policies.compositions.vocabulary import COUNT, MOOD
from typedagents.core.ambient import Sleep
from typedagents.core.deciding import consult
from typedagents.core.decision import Choice, Chosen, Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import Failed, Request, Steps, Tell
from typedagents.core.limits import Limits
from typedagents.core.log import Log
from typedagents.core.message import Message
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.structure import Node, attempt, each, either, graph, race, scoped
from typedagents.core.view import Policy, Selector, SharedView, View
from typedagents.policies.combinators import passes_on


@frozen
class Plain:
    """Decides at once, by its kind."""

    kind: str

    def __call__(self, view: View, /) -> Decision:
        names = list(view.roster)
        match self.kind:
            case "stops":
                return Stop("enough")
            case "changes":
                return Reply("", changes=(COUNT.to(view.turn), MOOD.to("sad")))
            case "hands":
                return Reply("Over to you.", hand_to=names[-1], notes=("handed",))
            case "ends":
                return Reply("That was it.", ends=Stop("all said"))
            case "drafts":
                return Reply((Draft("One."), Draft("Two.", "model")), notes=("two",))
            case "calls":
                return Reply(ToolCall(f"p{view.turn}", "look", '{"word":"x"}'))
            case "results":
                return Reply(ToolResult("p0", "look", (Text("late"),)), origin="tool")
            case _:
                return Reply(f"{view.me} has turn {view.turn}, {len(view.transcript)} messages.")


PLAIN = ("words", "words", "changes", "hands", "drafts", "calls", "results", "ends", "stops")


def first_that_speaks(decisions: Sequence[Decision]) -> Decision:
    return next((decision for decision in decisions if not passes_on(decision)), Pass())


@frozen
class AllAtOnce:
    """Asks all of ``parts`` side by side."""

    parts: tuple[Policy[Asks], ...]

    def __call__(self, view: View, /) -> Steps[Decision, Asks]:
        return first_that_speaks((yield from each([consult(part, view) for part in self.parts])))


@frozen
class Behind:
    """Consults ``policy``, whatever came before."""

    policy: Policy[Asks]
    view: View

    def __call__(self, given: Mapping[str, Decision], /) -> Steps[Decision, Asks]:
        return consult(self.policy, self.view)


@frozen
class AsGraph:
    """Asks each of ``parts`` behind the one before the last."""

    parts: tuple[Policy[Asks], ...]

    def __call__(self, view: View, /) -> Steps[Decision, Asks]:
        nodes = {
            str(place): Node(Behind(part, view), (str(place - 2),) if place > 1 else ())
            for place, part in enumerate(self.parts)
        }
        return first_that_speaks([*(yield from graph(nodes)).values()])


@frozen
class Fastest:
    """Decides as whichever of ``parts`` is done first."""

    parts: tuple[Policy[Asks], ...]

    def __call__(self, view: View, /) -> Steps[Decision, Asks]:
        return (yield from race([consult(part, view) for part in self.parts]))


@frozen
class InTime:
    """Decides as ``policy`` does within a second."""

    policy: Policy[Asks]

    @property
    def parts(self) -> tuple[Policy[Asks], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Steps[Decision, Asks]:
        came = yield from either(scoped("in", consult(self.policy, view)), Sleep(1))
        return Pass() if came is None else came


@frozen
class Tried:
    """Says what went wrong."""

    policy: Policy[Asks]

    @property
    def parts(self) -> tuple[Policy[Asks], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Steps[Decision, Asks]:
        came = yield from attempt(consult(self.policy, view))
        return Reply(f"Failed: {came.kind}.") if isinstance(came, Failed) else came.value


# --- checks, conditions, summaries ------------------------------------------------------------------------------


@frozen
class Even:
    """Holds in every other turn; of a message, when its length is even."""

    def __call__(self, seen: View | Message, /) -> bool:
        return (len(seen.text) if isinstance(seen, Message) else seen.turn) % 2 == 0


@frozen
class Replaces:
    """A check that lets every other decision be."""

    def __call__(self, view: View, decision: Decision, /) -> Decision:
        return decision if view.turn % 2 else Reply("Better not.")


@frozen
class Sums:
    """A summary that counts."""

    def __call__(self, log: Log, /) -> str:
        return f"{len(log.transcript)} messages"


# --- selectors --------------------------------------------------------------------------------------------------


@frozen
class Named:
    """A plain function that names somebody, with a note or without, or nobody."""

    stops_at: int

    def __call__(self, view: SharedView, /) -> Choice:
        names = list(view.roster)
        if view.turn >= self.stops_at:
            return None if view.turn % 2 else Stop("it is late")
        name = names[(view.turn * 2) % len(names)]
        return Chosen(name, "it is its turn") if view.turn % 3 == 2 else name


@frozen
class Wave:
    """Names all, or all but one, at once."""

    stops_at: int

    def __call__(self, view: SharedView, /) -> tuple[str, ...] | Stop:
        if view.turn >= self.stops_at:
            return Stop("no more waves")
        names = tuple(view.roster)
        return names[view.turn % 2 :]


@frozen
class Limited:
    """A conversation with these limits is under way: told, so that a test can hold it to them."""

    limits: Limits


@frozen
class Telling:
    """Chooses as ``select``, and tells the limits of its team."""

    select: Selector[Asks]
    limits: Limits

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.select,)

    def __call__(self, view: SharedView, /) -> Generator[Request[Asks], object, Choice]:
        yield Tell(Limited(self.limits))
        answer = self.select(view)
        return (yield from answer) if isinstance(answer, Generator) else answer
