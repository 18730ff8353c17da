"""The workflow: the driver itself. Effects are activities under the effects' own names, prompts are answered by updates.

Temporal plays it again from the history whenever it likes. It may, since the driver and all policies are pure: the clock and
the dice are Temporal's, and what comes from outside comes from the history. A changed policy asks for an activity of another
name, which Temporal refuses.

Teams are imported anew for each run, inside Temporal's sandbox, where a policy that reads the clock or the dice fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from attrs import frozen
from msgspec import Raw
from msgspec.structs import replace
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.effect import AnyEffect, Failed, Ok, Outcome, Path, proved
from typedagents.core.errors import HandlerError, PolicyError, TraceError
from typedagents.core.model import CallModel
from typedagents.durable.conducting import conduct
from typedagents.durable.orders import (
    Errand,
    GoingOn,
    Held,
    Order,
    Piece,
    Report,
    gone_on,
    pages_of,
    pieces,
    raws,
    report_of,
    taken,
)
from typedagents.durable.site import outcome_of, teams_in
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.driver import Start
from typedagents.interpreter.prompts import Prompt
from typedagents.trace.recording import unknown

from .payloads import MOST_BYTES

CONVERSATION = "typedagents.conversation"
PERFORM = "typedagents.perform"
KEEP = "typedagents.keep"
SHELVE = "typedagents.shelve"
SETUP = "typedagents.setup"
STORING_S = 30.0
PIECE_BYTES = 500_000
"""Lines are handed over in pieces of about this size; Temporal takes 2 MB at once."""

R = TypeVar("R")


@frozen
class Setup:
    """What a worker lets the workflow know: where its teams are, and how long what may take."""

    module: str
    attribute: str
    budget: Budget
    asks: tuple[type[AnyEffect], ...]
    paced: frozenset[str]
    heartbeat_s: float
    longest_s: float
    attempts: int
    events: int
    shelved: Callable[[str], bytes]
    """The page of this hash: the same whenever this is played. In the history it would stand in each that goes on."""


def setup_here() -> Setup:
    """What the worker lets this workflow know."""
    return proved(workflow.extern_functions()[SETUP](), Setup)


def queue_of(queue: str, model: str) -> str:
    """The task queue of a model that has a pace of its own."""
    return f"{queue}/{model}"


@workflow.defn(name=CONVERSATION, failure_exception_types=[TraceError, PolicyError, HandlerError])
class Conversation:
    """One conversation, as the engine that ``conduct`` asks."""

    def __init__(self) -> None:
        self.run = workflow.info().workflow_id
        self._open: list[Prompt] = []
        self._answers: dict[str, asyncio.Future[str]] = {}

    @workflow.run
    async def hold(self, order: Order) -> Report:
        """The workflow itself."""
        self._setup = setup_here()
        teams, budget = teams_in(self._setup.module, self._setup.attribute), self._setup.budget
        on = order.going_on
        if on is None:
            held = taken(order, teams, budget, workflow.time)
        else:
            pages = [self._setup.shelved(digest) for digest in on.pages]
            held = gone_on(order, on, pages, teams, budget, workflow.time)
        self._lines = held.lines
        ended = await conduct(held, self, self._is_long)
        await self._keep()
        if ended is None:
            workflow.continue_as_new(await self._going_on(order, held))
        return report_of(order.run, ended)

    def _is_long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > self._setup.events

    async def _going_on(self, order: Order, held: Held) -> Order:
        """The order to go on from here, in a history of its own."""
        snapshot, new = pages_of(held, PIECE_BYTES)
        before = () if order.going_on is None else order.going_on.pages
        pages = [await self._store(SHELVE, Raw(page), str) for page in new]
        intents = tuple((one.number, Raw(one.line)) for one in held.lines.intents.values())
        return replace(order, going_on=GoingOn(snapshot, (*before, *pages), held.lines.at, intents))

    # --- what the engine does for the driver --------------------------------------------------------------------

    @property
    def asks(self) -> tuple[type[AnyEffect], ...]:
        return self._setup.asks

    async def flush(self, starts: Sequence[Start[AnyEffect]], /, *, alone: bool) -> None:
        """Lines go with the effect that needs them, where that is the only one; else before all of them."""
        asked = any(isinstance(one.effect, self.asks) for one in starts)  # by whom, the store tells
        if asked or not alone or sum(map(len, self._lines.pending)) > PIECE_BYTES:
            await self._keep()

    async def waits(self, prompts: Mapping[Path, Prompt], /) -> None:
        self._open = list(prompts.values())

    def perform(self, start: Start[AnyEffect], /) -> Coroutine[object, object, Outcome | None]:
        if isinstance(start.effect, Now | Draw | Sleep):
            return self._ambient(start.effect)
        intent = self._lines.intents[start.path]
        at, lines = self._lines.take()
        if not lines:  # they were kept before, since other effects start as well
            at, lines = intent.number, [intent.line]
        return self._errand(start, intent.name, Errand(self.run, at, raws(lines, MOST_BYTES), start.agent))

    async def ask(self, prompt: Prompt, /) -> str:
        self._answers[prompt.id] = asyncio.get_running_loop().create_future()
        try:
            return await self._answers[prompt.id]
        finally:
            del self._answers[prompt.id]

    async def first(self, arrival: Callable[[], Awaitable[Path]], /) -> Path:
        return await arrival()  # Temporal plays everything back in the order of the history

    async def _ambient(self, effect: Now | Draw | Sleep) -> Outcome:
        match effect:
            case Now():
                return Ok(workflow.time())
            case Draw(sides):
                return Ok(workflow.random().randrange(sides))
            case Sleep(seconds):
                await workflow.sleep(seconds)
                return Ok(None)

    async def _errand(self, start: Start[AnyEffect], name: str, errand: Errand) -> Outcome | None:
        setup, effect = self._setup, start.effect
        once = effect.repetition() == "at_most_once"
        queue = workflow.info().task_queue
        if isinstance(effect, CallModel) and effect.model in setup.paced:
            queue = queue_of(queue, effect.model)
        try:
            kept = await workflow.execute_activity(
                PERFORM,
                errand,
                task_queue=queue,
                result_type=Raw,
                activity_id=name,
                heartbeat_timeout=timedelta(seconds=setup.heartbeat_s),
                start_to_close_timeout=timedelta(seconds=setup.longest_s),
                retry_policy=RetryPolicy(maximum_attempts=1 if once else setup.attempts),
            )
        except ActivityError as error:
            outcome = _gone_wrong(error, effect.kind, setup.attempts, once=once)
            await self._store(
                KEEP, Piece(errand.run, errand.at, errand.lines), int
            )  # it may not have come to that
            return outcome
        return outcome_of(effect, bytes(kept).decode())

    async def _keep(self) -> None:
        """Have the pending lines stored, piece by piece."""
        at, lines = self._lines.take()
        for piece in pieces(self.run, at, lines, PIECE_BYTES, MOST_BYTES):
            await self._store(KEEP, piece, int)

    async def _store(self, activity: str, what: object, kind: type[R]) -> R:
        took = timedelta(seconds=STORING_S)
        return await workflow.execute_activity(activity, what, result_type=kind, start_to_close_timeout=took)

    # --- what people do -----------------------------------------------------------------------------------------

    @workflow.query
    def prompts(self) -> list[Prompt]:
        """Whom the conversation waits for."""
        return self._open

    @workflow.update
    async def answer(self, prompt: str, text: str) -> None:
        """Answer a prompt."""
        self._answers[prompt].set_result(text)

    @answer.validator
    def _is_open(self, prompt: str, text: str) -> None:
        if prompt not in self._answers or self._answers[prompt].done():
            raise ValueError(f"nobody asks {prompt!r}; open are: {', '.join(self._answers) or 'none'}")


def _gone_wrong(error: ActivityError, kind: str, attempts: int, *, once: bool) -> Outcome:
    """What the policy is told where Temporal has no outcome; a broken promise ends the run instead."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.non_retryable:
        raise HandlerError(f"{cause.type}: {cause.message}")
    if once:
        return unknown(kind)
    return Failed("lost", f"{kind} was begun {attempts} times, and each time its worker was lost: {cause}")
