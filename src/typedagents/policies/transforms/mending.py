"""Mends what a transform tore: calls whose results it left out, and results whose calls it left out."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Generic

from attrs import evolve, frozen

from typedagents.core.effect import E_co, Request
from typedagents.core.log import Transcript
from typedagents.core.message import Message, says_something
from typedagents.core.parts import Part, ToolCall, ToolResult
from typedagents.policies.words import named

from .ties import OpenCall, tied, tying
from .transform import Shown, Transform, V_contra, Whole, shown_by


@frozen(repr=False)
class Mended(Whole, Generic[E_co, V_contra]):
    """``transform``, without the halves of exchanges that it leaves."""

    transform: Transform[E_co, V_contra]

    @property
    def parts(self) -> tuple[Transform[E_co, V_contra], ...]:
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
    waiting = {call.id for call in _each(before.fold(tying()).open)}
    torn = frozenset((call.at, call.id) for call in _each(there.open) if call.id not in waiting)
    return Transcript(list(_without(after, torn))) if torn or there.strays else after


def _each(calls: OpenCall | None) -> Iterator[OpenCall]:
    while calls is not None:
        yield calls
        calls = calls.below


def _without(transcript: Transcript, torn: frozenset[tuple[int, str]]) -> Iterator[Message]:
    """The messages, without the calls that are ``torn`` and without results that answer nothing."""
    calls: OpenCall | None = None
    for at, message in enumerate(transcript):
        ties = tied(calls, message, at)
        calls = ties.open
        strays = [result for result, where in ties.answers if where is None]
        kept: list[Part] = []
        for part in message.parts:
            stray = isinstance(part, ToolResult) and any(part is one for one in strays)
            if not stray and not (isinstance(part, ToolCall) and (at, part.id) in torn):
                kept.append(part)
        if len(kept) == len(message.parts):
            yield message
        elif says_something(kept):
            yield evolve(message, parts=tuple(kept))
