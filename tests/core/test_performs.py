from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, Never, TypeAlias, TypeVar

import pytest
from attrs import frozen

from typedagents.core.ambient import Draw, Now
from typedagents.core.code import RunCode
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, E, Effect, Request, Steps, proved
from typedagents.core.human import AskHuman
from typedagents.core.model import CallModel
from typedagents.core.performs import performs_of
from typedagents.core.team import Agent, InOrder, group
from typedagents.core.view import SharedView, View
from typedagents.policies.coding.running import code_reply
from typedagents.policies.combinators import first_of, when
from typedagents.policies.fixed import passes, says
from typedagents.policies.guarding import fallback, guard
from typedagents.policies.handing.handing import hands_to
from typedagents.policies.handing.targets import asking
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import Society, nested
from typedagents.policies.opening import from_human
from typedagents.policies.rules.said import spoke
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.policies.sequences import plan, sequence
from typedagents.policies.summaries import reflection
from typedagents.policies.talks import talk

if TYPE_CHECKING:
    from decimal import Decimal as NotThere

T = TypeVar("T")
Asks: TypeAlias = CallModel | AskHuman


@frozen
class Ping(Effect[str]):
    def accept(self, value: object, /) -> str:
        return proved(value, str)


@frozen
class Fetch(Effect[T], Generic[T]):
    kind_of: type[T]

    def accept(self, value: object, /) -> T:
        return proved(value, self.kind_of)


def asks_one(view: View) -> Steps[Decision, Ping]:
    yield from Ping()
    return Pass()


def asks_two(view: View) -> Steps[Decision, Asks]:
    yield from AskHuman("?", view.me)
    return Pass()


def asks_generic(view: View) -> Steps[Decision, Fetch[int]]:
    yield from Fetch(int)
    return Pass()


def as_generator(view: View) -> Generator[Request[Ping], object, Decision]:
    yield from Ping()
    return Pass()


def either(view: View) -> Decision | Steps[Decision, Ping]:
    return asks_one(view)


def asks_none(view: View) -> Steps[Decision, Never]:
    yield from ()
    return Pass()


def plain(view: View) -> Decision:
    return Pass()


def picks(view: SharedView) -> Steps[str | None, CallModel]:
    yield from CallModel(view.transcript, "x")
    return None


def parameterised(model: str, view: View) -> Steps[Decision, Ping]:
    yield from Ping()
    return Reply(model)


def any_effect(view: View) -> Steps[Decision, AnyEffect]:
    yield from Ping()
    return Pass()


def returns_what_is_not_there(view: View) -> NotThere:
    raise NotImplementedError


def odd_generator(view: View) -> Generator[int, object, Decision]:
    yield 1
    return Pass()


def odd_effect(view: View, like: E) -> Generator[Request[E], object, Decision]:
    raise NotImplementedError


class Method:
    def policy(self, view: View) -> Steps[Decision, Ping]:
        yield from Ping()
        return Pass()


@frozen
class Listed:
    performs: ClassVar[tuple[type[AnyEffect], ...]] = (Ping, CallModel)

    def __call__(self, view: View) -> Decision:
        return Pass()


@frozen
class ListedAsSet:
    performs: frozenset[object]

    def __call__(self, view: View) -> Decision:
        return Pass()


@frozen
class PartsOfAnotherKind:
    parts: int = 3

    def __call__(self, view: View) -> Decision:
        return Pass()


@frozen
class Wrapped:
    parts: tuple[object, ...]


TALKS = group(Agent("a", model_reply()), name="talks")
SAYS = group(Agent("a", says("x")), name="says")


def unannotated() -> object:
    return lambda view: Pass()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (asks_one, {Ping}),
        (asks_two, {CallModel, AskHuman}),
        (asks_generic, {Fetch}),
        (as_generator, {Ping}),
        (either, {Ping}),
        (asks_none, set()),
        (plain, set()),
        (picks, {CallModel}),
        (partial(parameterised, "m"), {Ping}),
        (Method().policy, {Ping}),
        (Listed(), {Ping, CallModel}),
        (ListedAsSet(frozenset({Ping})), {Ping}),
        (PartsOfAnotherKind(), set()),
        (model_reply(), {CallModel}),
        (code_reply(), {RunCode}),
        (human_reply(), {AskHuman}),
        (human_reply("never"), set()),
        (InOrder(), set()),
        (in_order("a"), set()),
        (passes, set()),
        (says("x"), set()),
        (first_of(), set()),
        (first_of(human_reply(), when(spoke("a"), asks_one), plain), {AskHuman, Ping}),
        (guard(says("x"), lambda view, decision: decision), set()),
        (fallback(model_reply(), human_reply()), {CallModel, AskHuman}),
        (Society(TALKS), {CallModel, Now}),
        (nested(talk(TALKS, from_human())), {CallModel, AskHuman, Now}),
        (nested(SAYS), {Now}),
        (sequence(TALKS, talk(SAYS, from_human())), {CallModel, AskHuman, Now}),
        (plan(talk(SAYS, name="one"), talk(sequence(TALKS), name="two")), {CallModel, Now}),
        (hands_to(asking(TALKS).when(spoke("a"))), {CallModel, Now}),
        (SAYS.selected_by(at_random()).summed_up_by(reflection()), {Draw, CallModel}),
    ],
)
def test_what_a_policy_says_it_asks_for_is_found(policy: object, expected: set[type[AnyEffect]]) -> None:
    assert performs_of(policy) == frozenset(expected)


@pytest.mark.parametrize(
    "policy",
    [
        unannotated(),
        any_effect,
        returns_what_is_not_there,
        odd_generator,
        odd_effect,
        ListedAsSet(frozenset({int})),
        "no policy",
        3,
    ],
)
def test_what_cannot_be_read_is_unknown(policy: object) -> None:
    assert performs_of(policy) is None


def test_what_is_known_of_some_parts_is_told() -> None:
    assert performs_of(first_of(lambda view: Pass(), model_reply())) == frozenset({CallModel})
    assert performs_of(first_of(lambda view: Pass())) is None


def test_an_effect_of_the_function_around_is_found() -> None:
    @frozen
    class Local(Effect[str]):
        def accept(self, value: object, /) -> str:
            return proved(value, str)

    def asks(view: View) -> Steps[Decision, Local]:
        yield from Local()
        return Pass()

    assert performs_of(asks) == frozenset({Local})


def test_policies_in_policies_a_thousand_deep_are_read() -> None:
    policy: object = model_reply()
    for _ in range(1000):
        policy = Wrapped((policy,))
    assert performs_of(policy) == frozenset({CallModel})
