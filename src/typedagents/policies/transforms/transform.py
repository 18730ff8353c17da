"""What a transform is."""

from __future__ import annotations

from collections.abc import Generator
from types import GeneratorType
from typing import ClassVar, Protocol

from attrs import frozen
from typing_extensions import TypeVar

from typedagents.core.deciding import ASYNC, is_async
from typedagents.core.effect import E_co, Request
from typedagents.core.errors import PolicyError
from typedagents.core.log import Transcript
from typedagents.core.view import SharedView, View
from typedagents.policies.words import named

V_contra = TypeVar("V_contra", bound=SharedView, contravariant=True)


@frozen
class Shown:
    """What a transform shows; ``notes`` are what it wants to find again: the agent keeps them with its decision."""

    transcript: Transcript
    notes: tuple[str, ...] = ()


class Transform(Protocol[E_co]):
    """A pure function from a view to the messages that are shown in place of the view's. It may ask the world."""

    def __call__(
        self, view: SharedView, /
    ) -> Transcript | Shown | Generator[Request[E_co], object, Transcript | Shown]: ...


class AgentTransform(Protocol[E_co]):
    """The same of a ``View``: it needs an agent, and cannot be used for a selector."""

    def __call__(
        self, view: View, /
    ) -> Transcript | Shown | Generator[Request[E_co], object, Transcript | Shown]: ...


class TransformOf(Protocol[V_contra, E_co]):
    """Both in one. Not for parameters of overloads: mypy then accepts any function within another generic call."""

    def __call__(
        self, view: V_contra, /
    ) -> Transcript | Shown | Generator[Request[E_co], object, Transcript | Shown]: ...


class Whole:
    """Marks transforms that never tear a result from its call; what others tear is mended.

    ``loses_first``: the oldest messages go. ``keeps_notes``: an agent has to keep notes for it.
    """

    __slots__ = ()
    loses_first: ClassVar[bool] = False
    keeps_notes: ClassVar[bool] = False


def shown_by(
    transform: TransformOf[V_contra, E_co], view: V_contra
) -> Generator[Request[E_co], object, Shown]:
    """What ``transform`` makes of ``view``, whether it is a plain function or asks for effects on the way."""
    answer = transform(view)
    shown: object = (yield from answer) if isinstance(answer, GeneratorType) else answer
    if isinstance(shown, Transcript):
        return Shown(shown)
    if isinstance(shown, Shown):
        return shown
    if is_async(shown):
        raise PolicyError(f"the transform {named(transform)} is async; {ASYNC}")
    raise PolicyError(
        f"the transform {named(transform)} must return a Transcript; it returned {shown!r:.60}; "
        "to show some messages, return Transcript(messages)"
    )
