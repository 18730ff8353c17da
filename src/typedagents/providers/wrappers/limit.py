"""``limit``: no more calls at once, or in a minute, than a service allows."""

from __future__ import annotations

from math import inf
from threading import Lock
from typing import ClassVar

from attrs import Factory, field, frozen

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.notices import Notice
from typedagents.interpreter.ports import ModelProvider
from typedagents.interpreter.tokens import worst_case_tokens
from typedagents.providers.faults import ADVICE
from typedagents.providers.limits import UsedUp

from .bell import Bell
from .clock import REAL, Clock
from .flow import Flow, Ticket
from .waits import seconds_until, wait_asked
from .wrapping import MAY_HAVE_WORKED, Within, Wrapper, answered, demand, tokens_in


def _flow_of(limiter: Limiter) -> Flow:
    return Flow(limiter.concurrency, limiter.requests_per_minute, limiter.tokens_per_minute)


@frozen(eq=False)
class Limiter:
    """What a service allows; one value for all providers that share it, in any thread and event loop.

    ``concurrency``: calls under way at once; the others: in any 60 seconds; None: not limited. When the service refuses
    for its rate (429), or says that nothing remains, nobody is let through before the time that it names. A call that
    would wait longer than ``longest_wait_s`` for that fails at once.
    """

    concurrency: int | None = field(default=None, kw_only=True)
    requests_per_minute: int | None = field(default=None, kw_only=True)
    tokens_per_minute: int | None = field(default=None, kw_only=True)
    longest_wait_s: float = field(default=60.0, kw_only=True)
    clock: Clock = field(default=REAL, kw_only=True, repr=False)
    _flow: Flow = field(default=Factory(_flow_of, takes_self=True), init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        demand(
            "a limit",
            1,
            concurrency=self.concurrency,
            requests_per_minute=self.requests_per_minute,
            tokens_per_minute=self.tokens_per_minute,
        )
        demand("a limit", 0, longest_wait_s=self.longest_wait_s)

    async def enter(self, tokens: int, deadline_s: float | None) -> Ticket:
        """Wait for one's turn; ``ProviderError`` where that cannot come in time."""
        bell = Bell()
        ticket = Ticket(tokens, bell.ring)
        with self._lock:
            self._flow.join(ticket)
        ends = inf if deadline_s is None else self.clock.now() + deadline_s
        try:
            while True:
                now = self.clock.now()
                with self._lock:
                    wait = self._flow.wait(ticket, now)
                    gate = self._flow.not_before - now
                if not wait:
                    return ticket
                self._give_up_where_hopeless(wait, gate, ends - now)
                await bell.wait(self.clock, min(wait, ends - now))
        finally:
            if ticket.went == -inf:
                with self._lock:
                    self._flow.leave(ticket)

    def _give_up_where_hopeless(self, wait: float, gate: float, left: float) -> None:
        if gate > self.longest_wait_s:
            why = f"the service asked to wait {gate:.1f} s more, longest_wait_s={self.longest_wait_s:g}"
        elif left <= 0 or inf > wait > left:
            why = f"its turn does not come within the {max(left, 0):.1f} s that are left"
        else:
            return
        hint = {"retry_after": f"{max(wait, gate):.6g}"} if wait < inf else {}
        raise ProviderError(
            f"a call was not sent: {why} ({self}); {ADVICE['rate_limit']}",
            kind="rate_limit",
            facts={"retryable": "true", "sent": "false", **hint},
        )

    def heard(self, notice: Notice) -> None:
        """Close the gate when nothing remains."""
        if isinstance(notice, UsedUp):
            date, now = self.clock.date(), self.clock.now()
            waits = [seconds_until(said, date) or 0.0 for said in notice.resets]
            with self._lock:
                self._flow.close_until(now + max(waits))

    def left(self, ticket: Ticket, came: ModelReply | ProviderError | None) -> None:
        """A call is over: answered, failed, or (None) given up."""
        with self._lock:
            if isinstance(came, ModelReply):
                self._flow.well()
            elif came is not None and came.kind in ("rate_limit", "overloaded"):
                wait = wait_asked(came, self.clock.date())
                if wait is not None or came.kind == "rate_limit":
                    self._flow.refused(self.clock.now(), wait)
            self._flow.done(ticket, _used(came, ticket.tokens))


def _used(came: ModelReply | ProviderError | None, estimated: int) -> int:
    """The tokens of a call, as far as is known."""
    if isinstance(came, ProviderError):
        usage = tokens_in(came)
        if usage is None and came.kind not in MAY_HAVE_WORKED:
            return 0
    else:
        usage = None if came is None else came.usage
    return estimated if usage is None else usage.total


@frozen
class Limit(Wrapper):
    """See ``limit``."""

    word: ClassVar[str] = "limit"

    provider: ModelProvider
    limiter: Limiter

    @property
    def wrapped(self) -> tuple[ModelProvider, ...]:
        return (self.provider,)

    def objection(self, inner: Wrapper, /) -> str:
        same = isinstance(inner, Limit) and inner.limiter is self.limiter
        return "both wait for the same limiter, and each call would wait for itself; keep one" if same else ""

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The answer, when it is this call's turn."""
        limiter = self.limiter
        began = limiter.clock.now()
        ticket = await limiter.enter(worst_case_tokens(request), call.deadline_s)
        came: ModelReply | ProviderError | None = None
        left = None if call.deadline_s is None else call.deadline_s - (limiter.clock.now() - began)
        try:
            came = await answered(self.provider, request, Within(call, left, hears=limiter.heard))
            return came
        except ProviderError as error:
            came = error
            raise
        finally:
            limiter.left(ticket, came)


def limit(
    provider: ModelProvider,
    limiter: Limiter | None = None,
    *,
    concurrency: int | None = None,
    requests_per_minute: int | None = None,
    tokens_per_minute: int | None = None,
) -> Limit:
    """``provider``, with no more calls at once or in a minute than these; the others wait their turn, in order.

    Give one ``Limiter(...)`` to several providers that share what a service allows; else say the numbers here.
    """
    numbers = (concurrency, requests_per_minute, tokens_per_minute)
    if limiter is not None:
        if numbers != (None, None, None):
            raise ConfigError(
                "limit takes a Limiter or numbers of its own; found both; give the Limiter the numbers"
            )
        return Limit(provider, limiter)
    if numbers == (None, None, None):
        raise ConfigError(
            "limit needs to know what is allowed; give concurrency, requests_per_minute or tokens_per_minute, or a Limiter"
        )
    return Limit(
        provider,
        Limiter(
            concurrency=concurrency,
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
        ),
    )
