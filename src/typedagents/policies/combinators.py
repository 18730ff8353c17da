"""Policies made of policies. Each is a frozen value: it compares, prints as it was written, and performs what its
``parts`` perform.

Laws: ``first_of`` is associative, with ``passes`` as its unit; ``when(a, when(b, p)) == when(a & b, p)``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Generic, Never, TypeAlias, overload

from attrs import evolve, frozen
from typing_extensions import TypeVar

from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.rule import Both, Rule
from typedagents.core.view import Policy, View

from .fixed import Passing
from .words import named

# A plain function that only returns a decision binds no effect: the default says that it asks for nothing.
E = TypeVar("E", bound=AnyEffect, default=Never)
E1 = TypeVar("E1", bound=AnyEffect, default=Never)
E2 = TypeVar("E2", bound=AnyEffect, default=Never)
E3 = TypeVar("E3", bound=AnyEffect, default=Never)
E4 = TypeVar("E4", bound=AnyEffect, default=Never)
E5 = TypeVar("E5", bound=AnyEffect, default=Never)
E6 = TypeVar("E6", bound=AnyEffect, default=Never)
E7 = TypeVar("E7", bound=AnyEffect, default=Never)
E8 = TypeVar("E8", bound=AnyEffect, default=Never)


# --- the first who has something to say -------------------------------------------------------------------------


def passes_on(decision: Decision) -> bool:
    """Whether ``decision`` leaves it to others: a pass, or a reply that holds nothing at all, but perhaps notes."""
    if isinstance(decision, Reply):
        held = decision.drafts or decision.changes or decision.hand_to or decision.ends
        return not held
    return isinstance(decision, Pass)


def noting(decision: Decision, notes: tuple[str, ...]) -> Decision:
    """``decision``, with ``notes`` before its own. Who stops has no use for any."""
    match decision:
        case Reply() if notes:
            return evolve(decision, notes=(*notes, *decision.notes))
        case Pass() if notes:
            return Reply((), notes=notes)
        case _:
            return decision


@frozen(repr=False)
class FirstOf(Generic[E_co]):
    """Asks one policy after the other; the first decision that is not a pass holds. Notes of those before are kept."""

    parts: tuple[Policy[E_co], ...]

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        notes: tuple[str, ...] = ()
        for policy in self.parts:
            decision = yield from consult(policy, view)
            if not passes_on(decision):
                return noting(decision, notes)
            notes += decision.notes if isinstance(decision, Reply) else ()
        return noting(Pass(), notes)

    def __repr__(self) -> str:
        return f"first_of({', '.join(map(named, self.parts))})"


# The first overload is for policies that all ask nobody: nothing would bind the variables of the others.
@overload
def first_of(*policies: Policy[Never]) -> FirstOf[Never]: ...
@overload
def first_of(a: Policy[E1], /) -> FirstOf[E1]: ...
@overload
def first_of(a: Policy[E1], b: Policy[E2], /) -> FirstOf[E1 | E2]: ...
@overload
def first_of(a: Policy[E1], b: Policy[E2], c: Policy[E3], /) -> FirstOf[E1 | E2 | E3]: ...
@overload
def first_of(a: Policy[E1], b: Policy[E2], c: Policy[E3], d: Policy[E4], /) -> FirstOf[E1 | E2 | E3 | E4]: ...
@overload
def first_of(
    a: Policy[E1], b: Policy[E2], c: Policy[E3], d: Policy[E4], e: Policy[E5], /
) -> FirstOf[E1 | E2 | E3 | E4 | E5]: ...
@overload
def first_of(
    a: Policy[E1], b: Policy[E2], c: Policy[E3], d: Policy[E4], e: Policy[E5], f: Policy[E6], /
) -> FirstOf[E1 | E2 | E3 | E4 | E5 | E6]: ...
@overload
def first_of(
    a: Policy[E1], b: Policy[E2], c: Policy[E3], d: Policy[E4], e: Policy[E5], f: Policy[E6], g: Policy[E7], /
) -> FirstOf[E1 | E2 | E3 | E4 | E5 | E6 | E7]: ...
@overload
def first_of(
    a: Policy[E1],
    b: Policy[E2],
    c: Policy[E3],
    d: Policy[E4],
    e: Policy[E5],
    f: Policy[E6],
    g: Policy[E7],
    h: Policy[E8],
    /,
) -> FirstOf[E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8]: ...
@overload
def first_of(*policies: Policy[E]) -> FirstOf[E]: ...
def first_of(*policies: Policy[AnyEffect]) -> FirstOf[AnyEffect]:
    """The policy that decides as the first of these that does not pass."""
    flat: list[Policy[AnyEffect]] = []
    for policy in policies:
        if isinstance(policy, FirstOf):
            flat.extend(policy.parts)
        elif not isinstance(policy, Passing):
            flat.append(policy)
    return FirstOf(tuple(flat))


# --- conditions -------------------------------------------------------------------------------------------------

Condition: TypeAlias = Rule | Callable[[View], bool]
"""A rule of the log, or a pure function of the view."""


@frozen
class Not:
    """Holds when the condition does not."""

    condition: Callable[[View], bool]

    def __call__(self, view: View, /) -> bool:
        return not self.condition(view)

    def __repr__(self) -> str:
        return f"not {named(self.condition)}"


def _holds(condition: Condition, view: View) -> bool:
    return condition(view.log) if isinstance(condition, Rule) else condition(view)


@frozen(repr=False)
class When(Generic[E_co]):
    """Decides as ``policy`` where all ``conditions`` hold, looked at in order; passes elsewhere."""

    conditions: tuple[Condition, ...]
    policy: Policy[E_co]

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        if all(_holds(condition, view) for condition in self.conditions):
            return (yield from consult(self.policy, view))
        return Pass()

    def __repr__(self) -> str:
        return f"when({' and '.join(_in_words(condition) for condition in self.conditions)}, {named(self.policy)})"


def _in_words(condition: Condition) -> str:
    return str(condition) if isinstance(condition, Rule) else named(condition)


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """What has to hold for ``condition`` to hold, from left to right."""
    found: list[Condition] = []
    todo = [condition]
    while todo:
        here = todo.pop()
        if isinstance(here, Both):
            todo.extend((here.second, here.first))
        else:
            found.append(_proved(here))
    return tuple(found)


C = TypeVar("C", bound=Condition)


def _proved(condition: C) -> C:
    if not callable(condition):
        raise ConfigError(
            f"a condition is a rule, or a function of the view; found {condition!r:.60}: for who spoke last write "
            "spoke(name)"
        )
    return condition


def when(condition: Condition, policy: Policy[E]) -> When[E]:
    """``policy`` where ``condition`` holds; a pass elsewhere."""
    conditions = _conjuncts(condition)
    if isinstance(policy, When):
        return When((*conditions, *policy.conditions), policy.policy)
    return When(conditions, policy)


def unless(condition: Condition, policy: Policy[E]) -> When[E]:
    """``policy`` where ``condition`` does not hold; a pass elsewhere."""
    return when(~condition if isinstance(condition, Rule) else Not(_proved(condition)), policy)
