"""Random programs as data, the effects they ask for, and a world whose answers depend on the effect alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, TypeAlias

from attrs import frozen
from hypothesis import strategies as st

from typedagents.core.ambient import Now
from typedagents.core.context import Change
from typedagents.core.decision import Choice, Chosen, Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import (
    AnyEffect,
    Effect,
    EffectFailed,
    Failed,
    Ok,
    Outcome,
    Repetition,
    Steps,
    proved,
)
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.kernel import converse
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Log, Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.structure import Node, attempt, both, each, either, graph, race, scoped
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.usage import Charge, Charged, Usage
from typedagents.core.view import Roster, SharedView, View

NOW = 1_700_000_000.0


@frozen
class Ask(Effect[str]):
    """Never to be repeated."""

    what: str
    seen: Transcript

    def accept(self, value: object, /) -> str:
        return proved(value, str)


@frozen
class Look(Effect[int]):
    """May be repeated."""

    repeats: ClassVar[Repetition] = "pure"
    what: str

    def likeness(self) -> str:
        return self.what

    def accept(self, value: object, /) -> int:
        return proved(value, int)


@frozen
class Receipt(Charged):
    """What something cost."""

    words: str
    tokens: int

    @property
    def charge(self) -> Charge:
        return Charge(self.words[:1], Usage(self.tokens, output=1), cost_usd=Decimal(self.tokens) / 4)


@frozen
class Buy(Effect[Receipt]):
    """Costs something; may be repeated under the same id."""

    repeats: ClassVar[Repetition] = "idempotent"
    metered: ClassVar[bool] = True
    what: str
    seen: Transcript

    def accept(self, value: object, /) -> Receipt:
        return proved(value, Receipt)


Asked: TypeAlias = Ask | Look | Buy | AskHuman
HUMAN: dict[int, HumanAnswer] = {0: Typed("hello"), 1: Skipped(), 2: Typed(" ")}


def answered(effect: AnyEffect) -> Outcome:
    """What this world says to ``effect``: the same whenever it is asked."""
    match effect:
        case Now():
            return Ok(NOW)
        case AskHuman(question="leave"):
            return Ok(Left())
        case AskHuman(transcript=seen):
            return Ok(HUMAN[len(seen) % 3])
        case Ask("fail") | Look("fail") | Buy("fail"):
            return Failed("boom", "it failed", {"of": effect.kind})
        case Ask(what, seen):
            return Ok(f"{what}{len(seen)}")
        case Look(what):
            return Ok(len(what))
        case Buy(what, seen):
            return Ok(Receipt(f"{what}!", len(seen) + 1))
        case _:
            raise AssertionError(f"nobody answers {effect!r}")


@frozen
class Prog:
    """A program: leaves ask, nodes put programs together. As a policy it decides by what came out."""

    op: str
    kids: tuple[Prog, ...] = ()
    name: str = ""

    def steps(self, view: View) -> Steps[str, Asked | Now]:
        match self.op:
            case "ask":
                return (yield from Ask(self.name, view.transcript))
            case "look":
                return str((yield from Look(self.name)))
            case "buy":
                return (yield from Buy(self.name, view.transcript)).words
            case "human":
                answer = yield from AskHuman(self.name, view.me, view.transcript)
                return answer.text if isinstance(answer, Typed) else "skip"
            case "now":
                return f"{(yield from Now()):.0f}"
            case "plain":
                return self.name
            case _:
                return (yield from self.node(view))

    def node(self, view: View) -> Steps[str, Asked | Now]:
        first = self.kids[0]
        match self.op:
            case "scoped":
                return (yield from scoped("s", first.steps(view)))
            case "attempt":
                came = yield from attempt(first.steps(view))
                return came.value if isinstance(came, Ok) else came.kind
            case "recover":
                try:
                    return (yield from first.steps(view))
                except EffectFailed as error:
                    return error.failure.text
            case "converse":
                ended = yield from converse(
                    nested(self.kids), view.transcript.append(Message("in", self.name))
                )
                return f"{ended.reason}/{len(ended.transcript)}"
            case "then":
                out = ""
                for kid in self.kids:
                    out += yield from kid.steps(view)
                return out
            case _:
                return (yield from self.beside(view))

    def beside(self, view: View) -> Steps[str, Asked | Now]:
        first = self.kids[0]
        match self.op:
            case "each":
                return "+".join((yield from each([kid.steps(view) for kid in self.kids])))
            case "race":
                return (yield from race([kid.steps(view) for kid in self.kids]))
            case "both":
                a, b = yield from both(first.steps(view), self.kids[-1].steps(view))
                return a + b
            case "either":
                return str((yield from either(first.steps(view), self.kids[-1].steps(view))))
            case "graph":
                all_of_it = yield from graph({str(i): self.placed(i, view) for i in range(len(self.kids))})
                return "*".join(all_of_it.values())
            case _:
                raise AssertionError(f"no such node: {self.op}")

    def placed(self, i: int, view: View) -> Node[str, Asked | Now]:
        """The ``i``-th part, behind some of those before it, whose results it uses."""

        def run(given: Mapping[str, str]) -> Steps[str, Asked | Now]:
            said = yield from self.kids[i].steps(view)
            return "".join((*given.values(), said))

        return Node(run, tuple(str(j) for j in range(i) if (i + j + len(self.name)) % 2))

    def __call__(self, view: View, /) -> Steps[Decision, Asked | Now]:
        said = yield from self.steps(view)
        return decided(said, view)


NESTED = Limits(max_decisions=2, max_repeats=Unlimited)
ROOMY = Limits(max_decisions=3, max_repeats=Unlimited)


def nested(kids: Sequence[Prog]) -> Team[Asked | Now]:
    return group_of([Agent(AgentName(str(i)), kid) for i, kid in enumerate(kids)], limits=NESTED)


def decided(said: str, view: View) -> Decision:
    """A decision for every kind there is, by what was said alone."""
    names = list(view.roster)
    match (sum(map(ord, said)) + len(said)) % 9:
        case 0:
            return Pass()
        case 1:
            return Stop("enough") if len(said) > 3 else Reply(said)
        case 2:
            return Reply(said, hand_to=names[-1], notes=(said, str(view.turn)))
        case 3:
            return Reply("", changes=(Change("x", '"y"'),))
        case 4:
            return Reply((Draft(said), Draft("more")), changes=(Change("said", f'"{len(said)}"'),))
        case 5 if view.notes:
            return Reply("; ".join(view.notes))
        case _:
            return Reply(said)


@frozen
class Chooses:
    """A selector that asks before it names somebody, with a note or without, or nobody, with a reason or without."""

    prog: Prog

    def __call__(self, view: SharedView, /) -> Steps[Choice, Asked | Now]:
        names = list(view.roster)
        said = yield from self.prog.steps(View(view.log, view.roster, view.conversation, names[0]))
        name = names[len(said) % len(names)]
        match len(said) % 13:
            case 0:
                return None if view.turn else Stop(said)
            case 1 | 2 | 6:
                return Chosen(name, said)
            case _:
                return name


@frozen
class ChoosesSeveral:
    """A selector that names several at once, or ends it."""

    prog: Prog

    def __call__(self, view: SharedView, /) -> Steps[tuple[str, ...] | Stop, Asked | Now]:
        names = list(view.roster)
        said = yield from self.prog.steps(View(view.log, view.roster, view.conversation, names[0]))
        place = len(said) % len(names)
        return tuple(names[place:] + names[: max(0, place - 1)]) if len(said) % 13 else Stop("nobody is left")


@frozen
class Sums:
    """A summary that asks."""

    prog: Prog

    def __call__(self, log: Log, /) -> Steps[str, Asked | Now]:
        return (yield from self.prog.steps(View(log, Roster({}), "", AgentName("summary"))))


# --- strategies -------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["a", "bc", "d"])
LEAVES: dict[str, st.SearchStrategy[Prog]] = {
    "ask": st.builds(Prog, st.just("ask"), st.just(()), WORDS),
    "look": st.builds(Prog, st.just("look"), st.just(()), WORDS),
    "buy": st.builds(Prog, st.just("buy"), st.just(()), WORDS),
    "now": st.just(Prog("now")),
    "plain": st.builds(Prog, st.just("plain"), st.just(()), WORDS),
    "human": st.just(Prog("human", (), "say")),
    "leave": st.just(Prog("human", (), "leave")),
    "fail": st.sampled_from([Prog("ask", (), "fail"), Prog("look", (), "fail"), Prog("buy", (), "fail")]),
}
ORDERLY = (
    "each",
    "each",
    "both",
    "graph",
    "graph",
    "attempt",
    "recover",
    "converse",
    "scoped",
    "then",
    "then",
)


def programs(
    *ops: str, leaves: Sequence[str] = ("ask", "look", "buy", "now", "plain", "human", "fail")
) -> st.SearchStrategy[Prog]:
    """Programs made of these nodes and leaves."""
    leaf = st.one_of(*[LEAVES[name] for name in leaves])

    def node(kids: st.SearchStrategy[Prog]) -> st.SearchStrategy[Prog]:
        some = st.lists(kids, min_size=1, max_size=3).map(tuple)
        return st.builds(Prog, st.sampled_from(ops), some, st.just("n"))

    return st.recursive(leaf, node, max_leaves=6)


def teams(
    progs: st.SearchStrategy[Prog], limits: st.SearchStrategy[Limits] | None = None
) -> st.SearchStrategy[Team[Asked | Now]]:
    """Teams of one to three agents with such policies, who speak in order or as a program chooses."""

    def team(
        policies: list[Prog], chooser: Chooses | ChoosesSeveral | None, bounds: Limits
    ) -> Team[Asked | Now]:
        made = group_of([Agent(AgentName(f"g{i}"), p) for i, p in enumerate(policies)], limits=bounds)
        summed = made if len(policies) % 2 else made.summed_up_by(Sums(policies[0]))
        return summed if chooser is None else summed.selected_by(chooser)

    return st.builds(
        team,
        st.lists(progs, min_size=1, max_size=3),
        st.none() | st.builds(Chooses, progs) | st.builds(ChoosesSeveral, progs),
        st.just(ROOMY) if limits is None else limits,
    )


def small_limits() -> st.SearchStrategy[Limits]:
    """Limits that are often reached."""
    few = st.one_of(st.just(100), st.just(100), st.integers(0, 8))
    return st.builds(
        Limits,
        max_decisions=st.integers(1, 4),
        max_messages=st.one_of(st.just(Unlimited), st.just(Unlimited), st.integers(0, 5)),
        max_turns=st.one_of(st.just(Unlimited), st.just(Unlimited), st.integers(0, 3)),
        max_model_calls=few,
        max_effects=few,
        max_repeats=few,
        max_depth=st.sampled_from([100, 100, 1, 0]),
    )
