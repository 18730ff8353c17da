"""The smallest driver: a program is played over the pure machine, and a function answers every effect."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from typedagents.core.ambient import Now
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, Bounds, E, Failed, Ok, Steps
from typedagents.core.kernel import opened, play
from typedagents.core.log import Began, Entry, Log, Opened, Said, Transcript
from typedagents.core.machine import Machine
from typedagents.core.message import AgentName, Content, Message, Origin
from typedagents.core.stop import StopReason
from typedagents.core.team import Team
from typedagents.core.turn import Ended
from typedagents.core.view import Policy, Roster, View

Answer = Callable[[AnyEffect], object]
NO_BOUNDS = Bounds()


def nobody(effect: AnyEffect) -> object:
    """Answers the clock, and nothing else."""
    if isinstance(effect, Now):
        return 0.0
    raise AssertionError(f"nobody was to be asked, but {effect!r} was")


def scripted(*answers: object) -> Answer:
    """Gives these answers one after the other; a ``Failed`` among them is a failure."""
    left = iter(answers)
    return lambda effect: next(left)


def driven(
    program: Steps[object, E], answer: Answer, bounds: Bounds = NO_BOUNDS
) -> tuple[Machine[E], tuple[E, ...]]:
    """The machine when nothing is left to do, and the effects it opened, in order."""
    machine: Machine[E] = Machine(program, bounds=bounds)
    machine.begin()
    asked: list[E] = []
    while machine.opened:
        one = machine.opened.pop(0)
        asked.append(one.effect)
        came = answer(one.effect)
        machine.feed(one.path, came if isinstance(came, Failed) else Ok(one.effect.accept(came)), None)
    return machine, tuple(asked)


@frozen
class Run:
    """What became of a team: its messages, why it ended, and the effects it asked for."""

    messages: tuple[Message, ...]
    reason: StopReason | None
    asked: tuple[AnyEffect, ...]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


def run(
    team: Team[E],
    said: Content | Message | Transcript | None = None,
    answer: Answer = nobody,
    *,
    after: Log | None = None,
) -> Run:
    """``team`` played to its end."""
    machine, asked = driven(play(team, opened(team, said, after=after)), answer, team.limits.bounds)
    ended = machine.ended.value if machine.ended else None
    if isinstance(ended, Ended):
        return Run(tuple(ended.transcript), ended.reason, asked)
    return Run((), machine.halted, asked)


def decided(policy: Policy[E], view: View, answer: Answer = nobody) -> tuple[Decision, tuple[AnyEffect, ...]]:
    """What ``policy`` decides in one turn, and the effects it asked for."""
    machine, asked = driven(consult(policy, view), answer)
    decision = machine.ended.value if machine.ended else None
    assert isinstance(decision, Reply | Pass | Stop)
    return decision, asked


def message(sender: str, content: Content, origin: Origin = "program") -> Said:
    """An entry of the log."""
    return Said(Message(AgentName(sender), content, origin))


def log_of(*entries: Entry) -> Log:
    """A log that was just opened, with these entries."""
    return Log([Opened("test"), *entries])


def view_of(*entries: Entry, me: str = "me") -> View:
    """What ``me`` is shown after these entries, when it has the floor."""
    names = {AgentName("me"): "", AgentName("you"): ""}
    return View(log_of(*entries, Began(AgentName(me))), Roster(names), "test", AgentName(me))


def turns(*agents: str, text: str = "x", origin: Origin = "model") -> tuple[Entry, ...]:
    """These agents, each saying something in a turn of its own."""
    pairs = [(Began(AgentName(agent)), message(agent, text, origin)) for agent in agents]
    return tuple(entry for pair in pairs for entry in pair)
