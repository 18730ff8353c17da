"""Who speaks next in compositions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from tests.policies.compositions.answers import Asks
from tests.policies.compositions.making import Making
from tests.policies.compositions.plain import Named
from tests.policies.compositions.rules import SHARED
from typedagents.core.view import Selector, SharedView
from typedagents.policies.model import model_reply
from typedagents.policies.selecting.able import able
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import by_model
from typedagents.policies.selecting.by_policy import by_policy
from typedagents.policies.selecting.candidates import Candidates, everyone, not_last, those
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import hand_on, within
from typedagents.policies.transforms.transformed import transformed


@frozen
class AllBut:
    """All but one, who depends on the turn."""

    def __call__(self, view: SharedView, /) -> Sequence[str]:
        names = list(view.roster)
        return [name for place, name in enumerate(names) if len(names) == 1 or place != view.turn % 3]


def graph(make: Making) -> Candidates:
    """A ring, and perhaps an end."""
    names = make.names
    if len(names) == 1:
        return everyone()
    ring = {name: [names[(place + 1) % len(names)]] for place, name in enumerate(names)}
    match make.upto(2):
        case 0:
            return transitions(allowed={**ring, names[0]: list(names), names[-1]: []})
        case 1 if len(names) > 2:
            return transitions(forbidden={names[0]: [names[0]]})
        case _:
            return transitions(allowed=ring)


AMONG: Mapping[str, Callable[[Making], Candidates]] = {
    "everyone": lambda make: everyone(),
    "not last": lambda make: not_last() if len(make.names) > 1 else everyone(),
    "transitions": graph,
    "within": lambda make: within(make.one(1, 2), make.one("skip", "stop", hand_on(make.names[0]))),
    "each within": lambda make: within({make.names[0]: 1}),
    "able": lambda make: able(),
    "those": lambda make: those(AllBut()),
    "both": lambda make: make.by(AMONG, without=("both",)) & make.by(AMONG, without=("both",)),
}


def among(make: Making) -> Candidates:
    return make.by(AMONG)


SELECTORS: Mapping[str, Callable[[Making], Selector[Asks]]] = {
    "in order": lambda make: in_order(),
    "in an order": lambda make: in_order(*make.some(), among=among(make)),
    "in order among": lambda make: in_order(among=among(make)),
    "lots": lambda make: at_random(among(make)),
    "model": lambda make: by_model(among=among(make), answer=make.one("enum", "text"), retries=make.upto(2)),
    "human": lambda make: by_human(among=among(make), tries=1 + make.upto(1)),
    "policy": lambda make: by_policy(model_reply(), among=among(make)),
    "function": lambda make: Named(2 + make.upto(3)),
    "transformed": lambda make: transformed(by_model(among=among(make)), make.one(*SHARED)),
}


def alone(make: Making) -> Selector[Asks]:
    """A selector that names one at a time."""
    return make.by(SELECTORS)
