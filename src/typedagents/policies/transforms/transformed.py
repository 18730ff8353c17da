"""A policy or selector that is shown other messages than those of the log."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Generic, Never, Protocol, TypeAlias, overload

from attrs import frozen
from typing_extensions import TypeVar

from typedagents.core.decision import Choice, Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, E_co, Request, Tell
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName
from typedagents.core.view import Policy, Selector, SharedView, View
from typedagents.policies.combinators import E1, E2, noting
from typedagents.policies.diagrams.drawing import Drawing, drawing_of
from typedagents.policies.words import named

from .cut import cut_between
from .mending import Mended
from .transform import AgentTransform, Transform, TransformOf, Whole, shown_by

S_contra = TypeVar("S_contra", bound=SharedView, contravariant=True)
R_co = TypeVar("R_co", covariant=True)

Answer: TypeAlias = Decision | Choice
"""What policies and selectors come to."""


class Inner(Protocol[E_co]):
    """A policy, or a selector that is shown a view."""

    def __call__(self, view: View, /) -> Answer | Generator[Request[E_co], object, Answer]: ...


class Noter(Protocol[S_contra, R_co, E_co]):
    """A policy or selector that is told what to note."""

    @property
    def inner(self) -> object: ...

    def __call__(
        self, view: S_contra, notes: tuple[str, ...], /
    ) -> Generator[Request[E_co], object, R_co]: ...


@frozen
class Noting(Generic[E_co]):
    """Decides as ``inner``, and notes what it is told to. A selector notes nothing."""

    inner: Inner[E_co]

    def __call__(self, view: View, notes: tuple[str, ...], /) -> Generator[Request[E_co], object, Answer]:
        answer = self.inner(view)
        decision = (yield from answer) if isinstance(answer, Generator) else answer
        return noting(decision, notes) if isinstance(decision, Reply | Pass) else decision


@frozen(repr=False)
class Transformed(Generic[S_contra, R_co, E_co]):
    """Decides as ``asked``, which is shown what one transform after the other makes of the messages."""

    asked: Noter[S_contra, R_co, E_co]
    transforms: tuple[TransformOf[S_contra, E_co], ...]

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.asked.inner, *self.transforms)

    def __call__(self, view: S_contra, /) -> Generator[Request[E_co], object, R_co]:
        agent = view.me if isinstance(view, View) else ""
        notes: tuple[str, ...] = ()
        before = view.transcript
        for transform in self.transforms:
            if not agent and isinstance(transform, Whole) and transform.keeps_notes:
                raise ConfigError(
                    f"{named(transform)} keeps notes, and a selector cannot; give it {named(self.asked.inner)} "
                    "without it, or to an agent"
                )
            shown = yield from shown_by(transform, view)
            notes += shown.notes
            cut = cut_between(agent, transform, before, shown.transcript)
            if cut is not None:
                yield Tell(cut)
            before, view = shown.transcript, view.showing(shown.transcript)
        return (yield from self.asked(view, notes))

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        """That of the selector."""
        return drawing_of(self.asked.inner, names)

    def __repr__(self) -> str:
        return f"transformed({', '.join(map(named, self.parts))})"


@overload
def transformed(inner: Policy[E1], *transforms: AgentTransform[Never]) -> Transformed[View, Decision, E1]: ...
@overload
def transformed(
    inner: Policy[E1], *transforms: AgentTransform[E2]
) -> Transformed[View, Decision, E1 | E2]: ...
@overload
def transformed(
    inner: Selector[E1], *transforms: Transform[Never]
) -> Transformed[SharedView, Choice, E1]: ...
@overload
def transformed(
    inner: Selector[E1], *transforms: Transform[E2]
) -> Transformed[SharedView, Choice, E1 | E2]: ...
def transformed(
    inner: Policy[AnyEffect] | Selector[AnyEffect], *transforms: AgentTransform[AnyEffect]
) -> Transformed[View, Answer, AnyEffect]:
    """The policy or selector ``inner``, that is shown what the transforms, one after the other, make of the messages.

    Rules, limits and the log go by all that was said; what is cut is told to watchers as a ``Cut``.
    """
    if not transforms:
        raise ConfigError(
            f"nothing transforms what {named(inner)} is shown; give at least one, such as last(10)"
        )
    loses: object = None
    for transform in transforms:
        if isinstance(transform, Whole):
            if transform.keeps_notes and loses is not None:
                raise ConfigError(
                    f"{named(transform)} comes after {named(loses)}, which leaves it less and other messages every "
                    "turn, so nothing it makes could be used again; put it first"
                )
            loses = transform if transform.loses_first else loses
    whole = [one if isinstance(one, Whole) else Mended(one) for one in transforms]
    return Transformed(Noting(inner), tuple(whole))
