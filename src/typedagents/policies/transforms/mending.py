"""Mends what a transform tore: calls whose results it left out, and results whose calls it left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from typing import Generic

from attrs import evolve, frozen

from typedagents.core.effect import E_co, Request
from typedagents.core.log import Transcript
from typedagents.core.message import Message, says_something
from typedagents.core.parts import Part, ToolCall
from typedagents.policies.words import named

from .ties import OpenCall, tied, tying
from .transform import Shown, TransformOf, V_contra, Whole, shown_by


@frozen(repr=False)
class Mended(Whole, Generic[V_contra, E_co]):
    """``transform``, without the halves of exchanges that it leaves."""

    transform: TransformOf[V_contra, E_co]

    @property
    def parts(self) -> tuple[TransformOf[V_contra, E_co], ...]:
        return (self.transform,)

    def __call__(self, view: V_contra, /) -> Generator[Request[E_co], object, Shown]:
        shown = yield from shown_by(self.transform, view)
        return evolve(shown, transcript=mended(view.transcript, shown.transcript))

    def __repr__(self) -> str:
        return named(self.transform)


def mended(before: Transcript, after: Transcript) -> Transcript:
    """``after`` without results that answer nothing in it, and without calls that were answered ``before``.

    Where ``after`` is the same as before, it is no transform that tore it.
    """
    if len(after) == len(before) and after == before:
        return after
    there = after.fold(tying())
    waiting = Counter(one.call for one in _each(before.fold(tying()).open))
    torn: Counter[tuple[int, str]] = Counter()
    for one in _each(there.open):
        if waiting[one.call]:
            waiting[one.call] -= 1
        else:
            torn[one.at, one.call.id] += 1
    return Transcript(list(_without(after, torn))) if torn or there.strays else after


def _each(calls: OpenCall | None) -> Iterator[OpenCall]:
    while calls is not None:
        yield calls
        calls = calls.below


def _without(transcript: Transcript, torn: Counter[tuple[int, str]]) -> Iterator[Message]:
    """The messages, without the calls that are ``torn`` and without results that answer nothing."""
    calls: OpenCall | None = None
    for at, message in enumerate(transcript):
        ties = tied(calls, message, at)
        calls = ties.open
        strays = [result for result, where in ties.answers if where is None]
        kept: list[Part] = []
        for part in message.parts:
            if isinstance(part, ToolCall) and torn[at, part.id]:
                torn[at, part.id] -= 1  # of two calls of one id the later is answered first
            elif not any(part is stray for stray in strays):
                kept.append(part)
        if len(kept) == len(message.parts):
            yield message
        elif says_something(kept):
            yield evolve(message, parts=tuple(kept))
