"""Teams that do countable work, and the world that performs it: every performance is two lines in a file.

Imported by workers in processes of their own, and by workflows inside the sandbox.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from attrs import frozen

from typedagents.core.ambient import Sleep
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Effect, Failed, Ok, Repetition, Steps, proved
from typedagents.core.handler import Call
from typedagents.core.human import AskHuman, Typed
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.registry import Teams
from typedagents.core.registry import teams as registry
from typedagents.core.structure import attempt, both, either
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import Policy, View
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.world import World
from typedagents.testing import scripted_model


@frozen
class Fetch(Effect[str]):
    """May be repeated under the same id."""

    repeats: ClassVar[Repetition] = "idempotent"
    what: str
    seen: Transcript

    def accept(self, value: object, /) -> str:
        return proved(value, str)


@frozen
class Pay(Effect[str]):
    """Must never be repeated."""

    what: str

    def accept(self, value: object, /) -> str:
        return proved(value, str)


def fetches(view: View, /) -> Steps[Decision, Fetch]:
    """Two at once, and one after them."""
    a, b = yield from both(Fetch(f"a{view.turn}", view.transcript), Fetch(f"b{view.turn}", view.transcript))
    return Reply((yield from Fetch(f"{a}+{b}", view.transcript)))


def pays(view: View, /) -> Steps[Decision, Pay]:
    paid = yield from attempt(Pay(f"p{view.turn}"))
    match paid:
        case Ok(value):
            return Reply(value)
        case Failed(kind):
            return Reply(kind)


def asks(view: View, /) -> Steps[Decision, AskHuman]:
    said = yield from AskHuman(f"turn {view.turn}?", view.me, view.transcript)
    return Reply(said.text if isinstance(said, Typed) else "nothing")


def calls(view: View, /) -> Steps[Decision, CallModel]:
    return Reply((yield from CallModel(view.transcript, view.me, "paced")).text)


def fetches_one(view: View, /) -> Steps[Decision, Fetch]:
    return Reply((yield from Fetch(f"{view.turn}", view.transcript)))


def waits(view: View, /) -> Steps[Decision, AskHuman | Sleep]:
    said = yield from either(AskHuman("may I?", view.me, view.transcript), Sleep(3 * 86_400))
    return Reply("nobody said anything for 3 days" if said is None else "somebody did")


Work = Fetch | Pay | AskHuman | CallModel | Sleep


def turns(most: int) -> Limits:
    return Limits(max_decisions=most, max_repeats=Unlimited)


ANN, BOB = AgentName("ann"), AgentName("bob")
FETCHING: Team[Fetch] = group(Agent(ANN, fetches), Agent(BOB, fetches), limits=turns(10), name="fetching")
SHORT: Team[Fetch] = group(Agent(ANN, fetches), Agent(BOB, fetches), limits=turns(2), name="short")
PAYING: Team[Pay] = group(Agent(ANN, pays), Agent(BOB, pays), limits=turns(6), name="paying")
ASKING: Team[AskHuman] = group(Agent(ANN, asks), limits=turns(1), name="asking")
PACED: Team[CallModel] = group(Agent(ANN, calls), limits=turns(1), name="paced")
ONE_BY_ONE: Team[Fetch] = group(
    Agent(ANN, fetches_one), Agent(BOB, fetches_one), limits=turns(200), name="one-by-one"
)
TALKING: Team[CallModel] = group(
    Agent(ANN, calls),
    Agent(BOB, calls),
    limits=Limits(
        max_decisions=1000, max_messages=Unlimited, max_effects=Unlimited, max_model_calls=Unlimited
    ),
    name="talking",
)
WAITING: Team[AskHuman | Sleep] = group(Agent(ANN, waits), limits=turns(1), name="waiting")
teams: Teams[Work] = registry(FETCHING, SHORT, PAYING, ASKING, PACED, WAITING, ONE_BY_ONE, TALKING)


# --- teams that differ from those above -------------------------------------------------------------------------


def other_arguments(view: View, /) -> Steps[Decision, Fetch]:
    a, b = yield from both(Fetch(f"A{view.turn}", view.transcript), Fetch(f"b{view.turn}", view.transcript))
    return Reply((yield from Fetch(f"{a}+{b}", view.transcript)))


def other_kind(view: View, /) -> Steps[Decision, Fetch | Pay]:
    a, b = yield from both(Fetch(f"a{view.turn}", view.transcript), Fetch(f"b{view.turn}", view.transcript))
    return Reply((yield from Pay(f"{a}+{b}")))


def other_order(view: View, /) -> Steps[Decision, Fetch]:
    a, b = yield from both(Fetch(f"b{view.turn}", view.transcript), Fetch(f"a{view.turn}", view.transcript))
    return Reply((yield from Fetch(f"{b}+{a}", view.transcript)))


def shorter(view: View, /) -> Steps[Decision, Fetch]:
    a, _ = yield from both(Fetch(f"a{view.turn}", view.transcript), Fetch(f"b{view.turn}", view.transcript))
    return Reply(a)


def short_with(policy: Policy[Work]) -> Teams[Work]:
    """The short team, with agents that do something else."""
    return registry(group(Agent(ANN, policy), Agent(BOB, policy), limits=turns(2), name="short"))


changed_arguments = short_with(other_arguments)
changed_kind = short_with(other_kind)
changed_order = short_with(other_order)
changed_early = short_with(shorter)
only_paying: Teams[Work] = registry(PAYING)


def looks_at_the_clock(view: View, /) -> Decision:
    return Reply(f"it is {time.time()}")


def asks_much(view: View, /) -> Steps[Decision, Fetch]:
    return Reply((yield from Fetch("x" * 2_200_000, view.transcript)))


def says_much(view: View, /) -> Decision:
    return Reply("x" * 2_200_000)


ASKS_MUCH: Team[Fetch] = group(Agent(ANN, asks_much), limits=turns(1), name="asks-much")
SAYS_MUCH: Team[Fetch] = group(
    Agent(ANN, says_much), Agent(BOB, fetches_one), limits=turns(2), name="says-much"
)
much: Teams[Work] = registry(ASKS_MUCH, SAYS_MUCH)
IMPURE = group(Agent(ANN, looks_at_the_clock), limits=turns(1), name="impure")
impure: Teams[Work] = registry(IMPURE)


@frozen
class Doing:
    """Performs by writing a line before and after, in ``folder``; dies where it is told to."""

    folder: Path
    takes_s: float = 0.0
    dies: str = ""

    def note(self, text: str) -> None:
        fd = os.open(self.folder / "performed", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(fd, f"{text}\n".encode())
        os.close(fd)
        if text == self.dies and not (self.folder / "died").exists():
            (self.folder / "died").touch()
            os._exit(9)

    def perform(self, effect: Fetch | Pay, call: Call) -> str:
        self.note(f"begin {call.id}")
        time.sleep(self.takes_s)
        self.note(f"end {call.id}")
        return f"{effect.kind[0]}({effect.what[-40:]})"

    def counted(self, what: str) -> Counter[str]:
        """How often each effect was begun, or ended, by the id of its call."""
        if not (self.folder / "performed").exists():
            return Counter()
        lines = (self.folder / "performed").read_text().splitlines()
        return Counter(line.split(" ", 1)[1] for line in lines if line.startswith(what))


def says_yes(request: CallModel) -> ModelReply | str:
    return "yes"


def world_of(doing: Doing) -> World[Fetch | Pay | CallModel]:
    def pay(effect: Pay, call: Call) -> str:
        return doing.perform(effect, call)

    def fetch(effect: Fetch, call: Call) -> str:
        return doing.perform(effect, call)

    models = with_models(scripted_model(*[says_yes] * 1000))
    return World(Fetch.by(fetch) | Pay.by(pay) | models, store=None)
