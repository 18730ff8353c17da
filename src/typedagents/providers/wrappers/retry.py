"""``retry``: a call that failed for a passing reason is made again."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, ClassVar

from anyio import move_on_after
from attrs import define, field, frozen

from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.notices import Retrying
from typedagents.interpreter.ports import ModelProvider

from .clock import REAL, Clock
from .waits import backoff, is_worth_it, wait_asked
from .wrapping import Within, Wrapper, after_losses, all_lost, answered, demand

if TYPE_CHECKING:
    from tenacity import RetryCallState


@frozen
class Retry(Wrapper):
    """See ``retry``."""

    word: ClassVar[str] = "retry"

    provider: ModelProvider
    attempts: int = field(default=3, kw_only=True)
    total_s: float | None = field(default=600.0, kw_only=True)
    longest_wait_s: float = field(default=60.0, kw_only=True)
    clock: Clock = field(default=REAL, kw_only=True, repr=False)
    draw: Callable[[], float] = field(default=random.random, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        demand(self.word, 1, attempts=self.attempts)
        demand(self.word, 0, total_s=self.total_s, longest_wait_s=self.longest_wait_s)

    @property
    def wrapped(self) -> tuple[ModelProvider, ...]:
        return (self.provider,)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The first answer; else the last error, whose text and facts tell of all attempts."""
        from tenacity import AsyncRetrying

        left = min(inf if self.total_s is None else self.total_s, _or_ever(call.deadline_s))
        trying = Trying(self, request, call, self.clock.now() + left)
        again = AsyncRetrying(
            retry=trying.is_to_be_made_again,
            wait=trying.wait,
            stop=trying.is_over,
            before_sleep=trying.tell,
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            return await again(trying.attempt)
        except ProviderError as error:
            if len(trying.failed) < 2 and not trying.why:
                raise
            raised = trying.all_in_all(error)
        raise raised


@define(eq=False)
class Trying:
    """One call under way. Tenacity asks its methods in this order: attempt, again?, how long?, over?, tell."""

    rule: Retry
    request: CallModel
    call: Call
    deadline: float
    failed: list[tuple[ProviderError, float]] = field(factory=list, init=False)
    shown: bool = field(default=False, init=False)
    why: str = field(default="", init=False)

    async def attempt(self) -> ModelReply:
        """One attempt, in the time that is left."""
        left = self.deadline - self.rule.clock.now()
        within = Within(self.call, None if left == inf else left)
        try:
            with move_on_after(left):
                reply = await answered(self.rule.provider, self.request, within)
                return after_losses(reply, [error for error, _ in self.failed])
            raise ProviderError(
                f"model {self.request.model!r}: not answered within {self._total()}; allow more, or ask for less",
                kind="timeout",
            )
        except ProviderError as error:
            self.shown = within.shown
            self.failed.append((error, 0.0))
            raise

    def is_to_be_made_again(self, state: RetryCallState) -> bool:
        """Whether another attempt makes sense: not after an answer, a lasting refusal, or half an answer on the screen."""
        if state.outcome is None or not isinstance(error := state.outcome.exception(), ProviderError):
            return False
        if is_worth_it(error) and self.shown:
            self.why = "a part of the answer had been shown"
        return is_worth_it(error) and not self.shown

    def wait(self, state: RetryCallState) -> float:
        """What the service asks for; else some of the usual backoff."""
        del state
        error, _ = self.failed[-1]
        asked = wait_asked(error, self.rule.clock.date())
        return backoff(len(self.failed), self.rule.draw()) if asked is None else asked

    def is_over(self, state: RetryCallState) -> bool:
        """Whether it has to be left at that."""
        rule, wait, now = self.rule, state.upcoming_sleep, self.rule.clock.now()
        if state.attempt_number >= rule.attempts:
            self.why = f"attempts={rule.attempts}"
        elif wait > rule.longest_wait_s:
            self.why = f"the service asks to wait {wait:g} s, longest_wait_s={rule.longest_wait_s:g}"
        elif now + wait >= self.deadline:
            self.why = f"the next attempt would start in {wait:g} s, after {self._total()}"
        return bool(self.why)

    def tell(self, state: RetryCallState) -> None:
        """Tell the watchers."""
        error, _ = self.failed[-1]
        self.failed[-1] = (error, state.upcoming_sleep)
        self.call.emit(Retrying(state.attempt_number, state.upcoming_sleep, error.kind, error.text))

    def _total(self) -> str:
        if self.rule.total_s is not None and self.rule.total_s <= _or_ever(self.call.deadline_s):
            return f"total_s={self.rule.total_s:g}"
        return f"the {_or_ever(self.call.deadline_s):g} s of its deadline"

    def all_in_all(self, last: ProviderError) -> ProviderError:
        """``last``, with the attempts before it and why there is no further one."""
        told = [f"{n}. {error.kind}: {error.text}" for n, (error, _) in enumerate(self.failed[:-1], 1)]
        earlier = f"; before: {' | '.join(told)}" if told else ""
        facts = {
            **last.facts,
            **all_lost(error for error, _ in self.failed),
            "attempts": str(len(self.failed)),
            **{f"attempt_{n}": _line(error, wait) for n, (error, wait) in enumerate(self.failed, 1)},
        }
        asked = wait_asked(last, self.rule.clock.date())
        if asked is not None:
            facts["retry_after"] = f"{asked:g}"
        reason = f": {self.why}" if self.why else ""
        return ProviderError(
            f"{last.text} (given up after attempt {len(self.failed)}{reason}{earlier})",
            kind=last.kind,
            facts=facts,
        )


def _or_ever(seconds: float | None) -> float:
    return inf if seconds is None else seconds


def _line(error: ProviderError, wait: float) -> str:
    return f"{error.kind}{f', waited {wait:g} s' if wait else ''}: {error.text}"


def retry(
    provider: ModelProvider,
    *,
    attempts: int = 3,
    total_s: float | None = 600.0,
    longest_wait_s: float = 60.0,
    clock: Clock = REAL,
    draw: Callable[[], float] = random.random,
) -> Retry:
    """``provider``, asked again where a call fails for a reason that may pass.

    A wait that the service asks for is kept to; else it is any part (``draw()``, 0 to 1) of 0.5 s, 1 s, 2 s ... 8 s. Where
    more than ``longest_wait_s`` is asked for, or ``total_s`` for all attempts and waits would be over before the next
    attempt, the call fails at once, with ``retry_after`` among the error's facts. Once a word of an answer has been shown
    it is not made again. The same idempotency key is sent with each attempt. A reply says in ``lost`` what attempts may
    have cost that came to nothing.
    """
    return Retry(
        provider,
        attempts=attempts,
        total_s=total_s,
        longest_wait_s=longest_wait_s,
        clock=clock,
        draw=draw,
    )
