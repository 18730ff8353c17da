"""``fallback``: where one provider fails, the next one is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from threading import Lock
from typing import ClassVar

from attrs import define, field, frozen

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.notices import FellBack
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.faults import ADVICE, TRANSIENT, ProviderKind

from .wrapping import Within, Wrapper, after_losses, all_lost, answered

ELSEWHERE: frozenset[ProviderKind] = frozenset({*TRANSIENT, "quota"})
"""Failures that say nothing against the request: another service may well answer it."""

REMEMBERED = 1000
"""Runs whose provider is kept in mind."""


@define(eq=False)
class Choices:
    """Which provider answered last in each of the latest runs."""

    _of: dict[str, int] = field(factory=dict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def of(self, run: str) -> int:
        return self._of.get(run, 0)

    def keep(self, run: str, place: int) -> None:
        """Keep it in mind, and forget the run that was longest silent."""
        with self._lock:
            self._of.pop(run, None)
            self._of[run] = place
            if len(self._of) > REMEMBERED:
                del self._of[next(iter(self._of))]


def _known(kinds: Collection[ProviderKind]) -> frozenset[ProviderKind]:
    unknown = sorted(set(kinds) - ADVICE.keys())
    if unknown:
        raise ConfigError(
            f"fallback knows no kind of error named {', '.join(unknown)}; there are: {', '.join(ADVICE)}"
        )
    return frozenset(kinds)


def _several(providers: tuple[ModelProvider, ...]) -> tuple[ModelProvider, ...]:
    if len(providers) < 2:
        raise ConfigError(f"fallback takes at least two providers, in order; found {len(providers)}")
    return providers


@frozen
class Fallback(Wrapper):
    """See ``fallback``."""

    word: ClassVar[str] = "fallback"

    providers: tuple[ModelProvider, ...] = field(converter=_several)
    kinds: frozenset[ProviderKind] = field(default=ELSEWHERE, converter=_known, kw_only=True)
    sticky: bool = field(default=False, kw_only=True)
    _choices: Choices = field(factory=Choices, init=False, repr=False, eq=False)

    @property
    def wrapped(self) -> tuple[ModelProvider, ...]:
        return self.providers

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The first answer; else the last error, whose text tells of all."""
        failed: list[ProviderError] = []
        for place in self._order(call.run):
            within = Within(call, call.deadline_s, f"/f{place}" if place else "")
            try:
                reply = await answered(self.providers[place], request, within)
            except ProviderError as error:
                failed.append(error)
                if error.kind not in self.kinds or within.shown:
                    break
                call.emit(FellBack(place + 1, error.kind, error.text))
                continue
            if self.sticky:
                self._choices.keep(call.run, place)
            return after_losses(reply, failed)
        raise failed[0] if len(failed) == 1 else _all_in_all(failed)

    def _order(self, run: str) -> Iterator[int]:
        first = self._choices.of(run) if self.sticky else 0
        yield from range(first, len(self.providers))
        yield from range(first)


def _all_in_all(failed: list[ProviderError]) -> ProviderError:
    """The last error, with those before it."""
    last = failed[-1]
    told = [f"{error.kind}: {error.text}" for error in failed]
    facts = {**last.facts, **all_lost(failed), **{f"provider_{n}": line for n, line in enumerate(told, 1)}}
    return ProviderError(f"{last.text} (before: {' | '.join(told[:-1])})", kind=last.kind, facts=facts)


def fallback(
    *providers: ModelProvider, kinds: Collection[ProviderKind] = ELSEWHERE, sticky: bool = False
) -> Fallback:
    """The first of ``providers`` that answers: where one fails with one of ``kinds``, the next is asked the same.

    Each is asked in its own format, and is never sent another one's signatures or thoughts. The reply says who gave it.
    Once a word of an answer has been shown, nobody else is asked. ``sticky``: a run stays with the provider that answered
    last, so that its caches and signatures are of use. For other kinds at another step, put one inside the other:
    ``fallback(fallback(a, b), large, kinds={"context_length"})``.
    """
    return Fallback(providers, kinds=kinds, sticky=sticky)
