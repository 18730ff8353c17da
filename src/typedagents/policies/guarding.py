"""Second thoughts: another look at what a policy decided, and another policy where an effect of it failed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Generic, Never, Protocol, overload

from attrs import field, frozen

from typedagents.core.deciding import consult
from typedagents.core.decision import Decision
from typedagents.core.effect import AnyEffect, E_co, EffectFailed, Failed, Request
from typedagents.core.errors import ConfigError
from typedagents.core.view import Policy, View

from .combinators import E1, E2
from .words import named, written


class Check(Protocol[E_co]):
    """Looks at a decision, and returns it, or another in its place. It may ask the world on the way."""

    def __call__(
        self, view: View, decision: Decision, /
    ) -> Decision | Generator[Request[E_co], object, Decision]: ...


@frozen(repr=False)
class _Checking(Generic[E_co]):
    """A check with its decision: a policy, so that what it answers is proved as any policy's answer is."""

    check: Check[E_co]
    decision: Decision

    def __call__(self, view: View, /) -> Decision | Generator[Request[E_co], object, Decision]:
        return self.check(view, self.decision)

    def __repr__(self) -> str:
        return named(self.check)


@frozen(repr=False)
class Guarded(Generic[E_co]):
    """Decides as ``check`` says of what ``policy`` decided."""

    policy: Policy[E_co]
    check: Check[E_co]

    @property
    def parts(self) -> tuple[Policy[E_co] | Check[E_co], ...]:
        return (self.policy, self.check)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        decision = yield from consult(self.policy, view)
        return (yield from consult(_Checking(self.check, decision), view))

    def __repr__(self) -> str:
        return f"guard({named(self.policy)}, {named(self.check)})"


@overload
def guard(policy: Policy[Never], check: Check[Never]) -> Guarded[Never]: ...
@overload
def guard(policy: Policy[E1], check: Check[E2]) -> Guarded[E1 | E2]: ...
def guard(policy: Policy[AnyEffect], check: Check[AnyEffect]) -> Guarded[AnyEffect]:
    """``policy``, whose every decision ``check(view, decision)`` may replace, or refuse by ``Pass`` or ``Stop``."""
    return Guarded(policy, check)


EVERY_KIND = "*"


def _kinds(given: str | Iterable[str]) -> tuple[str, ...]:
    kinds = (given,) if isinstance(given, str) else tuple(given)
    if not kinds:
        raise ConfigError("fallback needs at least one kind of failure, such as 'provider'; found none")
    return kinds


@frozen(repr=False)
class Fallback(Generic[E_co]):
    """Decides as ``other`` where an effect that ``policy`` asked for failed in one of these ways."""

    policy: Policy[E_co]
    other: Policy[E_co]
    kinds: tuple[str, ...] = field(default=(EVERY_KIND,), converter=_kinds)

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy, self.other)

    def catches(self, failure: Failed) -> bool:
        """Whether ``failure`` is of one of the kinds: by its name, its family, or ``*``."""
        family, _, _ = failure.kind.partition(".")
        # After a crash nobody knows whether an 'unknown' effect happened: doing another instead must be asked for.
        every = EVERY_KIND in self.kinds and failure.kind != "unknown"
        return every or failure.kind in self.kinds or family in self.kinds

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        try:
            return (yield from consult(self.policy, view))
        except EffectFailed as error:
            if not self.catches(error.failure):
                raise
        return (yield from consult(self.other, view))

    def __repr__(self) -> str:
        return written("fallback", self, self.policy, self.other)


@overload
def fallback(
    policy: Policy[Never], other: Policy[Never], *, kinds: str | Iterable[str] = ...
) -> Fallback[Never]: ...
@overload
def fallback(
    policy: Policy[E1], other: Policy[E2], *, kinds: str | Iterable[str] = ...
) -> Fallback[E1 | E2]: ...
def fallback(
    policy: Policy[AnyEffect], other: Policy[AnyEffect], *, kinds: str | Iterable[str] = EVERY_KIND
) -> Fallback[AnyEffect]:
    """``policy``; and ``other`` where an effect of it fails.

    ``kinds`` are failures by name (``provider.rate_limit``) or family (``provider``); ``*`` is every one but
    ``unknown``. Budgets, limits and a human's leaving are no failures: they end the run.
    """
    return Fallback(policy, other, kinds)
