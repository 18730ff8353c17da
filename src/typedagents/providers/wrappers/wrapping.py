"""What wrappers share: which may hold which, the call as it is handed on, and what a failed attempt may have cost.

A wrapper is a ``ModelProvider`` around others. Any order is taken that means something; one that would not do what its
names promise is refused when it is put together. The usual order, outermost first: ``cache``, ``fallback``, ``retry``,
``budget``, ``limit``, the service.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import ClassVar

from attrs import define, evolve, field, frozen

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.usage import NO_USAGE, Charge, Usage, together
from typedagents.interpreter.notices import Notice
from typedagents.interpreter.ports import ModelProvider

UNFIT: Mapping[tuple[str, str], str] = {
    ("retry", "retry"): "their attempts would multiply; keep one of them",
    (
        "limit",
        "retry",
    ): "a call would keep its place while it waits to be sent again, and only its first attempt would "
    "be counted; write retry(limit(...))",
    (
        "limit",
        "fallback",
    ): "one service's refusals would hold up the others; write fallback(limit(...), limit(...))",
    ("budget", "retry"): "attempts after the first would not be counted; write retry(budget(...))",
    (
        "budget",
        "fallback",
    ): "calls of the second service would be counted as if they were of the first; write "
    "fallback(budget(..., shared), budget(..., shared))",
    ("cache", "cache"): "every answer would be kept twice; keep one of them",
    ("limit", "cache"): "answers that are kept would wait for their turn; write cache(limit(...))",
    ("budget", "cache"): "answers that are kept would be refused when all is spent; write cache(budget(...))",
}
"""(outer, inner), however much stands between them: why not."""

MAY_HAVE_WORKED = frozenset({"timeout", "connection", "stream_incomplete", "protocol"})
"""Failures after which a service may have done the work all the same, and be paid for it."""


@frozen
class Wrapper(ABC):
    """A provider around others. ``word`` is the name it is made by."""

    word: ClassVar[str]

    @property
    @abstractmethod
    def wrapped(self) -> tuple[ModelProvider, ...]:
        """What it stands around."""

    @abstractmethod
    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """As a ``ModelProvider``."""

    def __attrs_post_init__(self) -> None:
        for inner in self.wrapped:
            if not isinstance(inner, ModelProvider):
                raise ConfigError(
                    f"{self.word} stands around model providers; found {type(inner).__name__}; a plain function becomes "
                    "one with function(...)"
                )
        for inner in self.held():
            why = UNFIT.get((self.word, inner.word)) or self.objection(inner)
            if why:
                raise ConfigError(f"{self.word}(...) cannot stand around {inner.word}(...): {why}")

    def held(self) -> Iterator[Wrapper]:
        """All wrappers inside, at any depth."""
        for inner in self.wrapped:
            if isinstance(inner, Wrapper):
                yield inner
                yield from inner.held()

    def objection(self, inner: Wrapper, /) -> str:
        """Why it cannot stand around ``inner``, for reasons of its own; empty where it can."""
        del inner
        return ""


def demand(owner: str, least: float, **numbers: float | None) -> None:
    """Each of ``numbers`` is at least that, or None; else ``ConfigError``."""
    for name, number in numbers.items():
        if number is not None and not number >= least:
            raise ConfigError(f"{owner} takes {name} of at least {least:g}; found {number!r}")


async def answered(provider: ModelProvider, request: CallModel, call: Call) -> ModelReply:
    """The answer of a provider that may be plain or async."""
    said = provider.complete(request, call)
    return said if isinstance(said, ModelReply) else await said


@define
class Within:
    """The call as a wrapper hands it on. ``shown``: something of an answer has been shown by now."""

    outer: Call
    deadline_s: float | None
    suffix: str = ""
    hears: Callable[[Notice], None] | None = None
    shown: bool = field(default=False, init=False)

    @property
    def id(self) -> str:
        return self.outer.id + self.suffix

    @property
    def run(self) -> str:
        return self.outer.run

    @property
    def agent(self) -> str:
        return self.outer.agent

    @property
    def attempt(self) -> int:
        return self.outer.attempt

    def emit(self, observation: object, /) -> None:
        if not isinstance(observation, Notice):
            self.shown = True
        elif self.hears is not None:
            self.hears(observation)
        self.outer.emit(observation)


def tokens_in(error: ProviderError) -> Usage | None:
    """What a failed attempt used, where the service said so before it failed."""
    sent, made = error.facts.get("input_tokens", ""), error.facts.get("output_tokens", "")
    if not (sent.isdecimal() or made.isdecimal()):
        return None
    return Usage(fresh_input=int(sent or 0), output=int(made or 0))


def lost(error: ProviderError) -> Charge | None:
    """What failed attempts may have cost; None where the service did not begin."""
    model, usage, told = error.facts.get("model", ""), tokens_in(error), error.facts.get("lost_calls")
    if told is not None:
        unmetered = int(error.facts.get("lost_unmetered", "0"))
        return Charge(model, usage or NO_USAGE, int(told), unmetered) if told != "0" else None
    if usage is not None:
        return Charge(model, usage)
    if error.kind in MAY_HAVE_WORKED and error.facts.get("sent") != "false":
        return Charge(model, unmetered=1)
    return None


def all_lost(failed: Iterable[ProviderError]) -> dict[str, str]:
    """Facts for one error that stands for all of these: what they may have cost together."""
    losses = [loss for loss in map(lost, failed) if loss is not None]
    if not losses:
        return {"lost_calls": "0"}
    loss = together(losses)
    return {
        "lost_calls": str(loss.calls),
        "lost_unmetered": str(loss.unmetered),
        "input_tokens": str(loss.usage.input_tokens),
        "output_tokens": str(loss.usage.output_tokens),
    }


def after_losses(reply: ModelReply, failed: Iterable[ProviderError]) -> ModelReply:
    """``reply``, which says what the failed attempts before it may have cost."""
    losses = [loss for loss in (reply.lost, *map(lost, failed)) if loss is not None]
    return evolve(reply, lost=together(losses)) if losses else reply
