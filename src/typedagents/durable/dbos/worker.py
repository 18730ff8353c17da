"""A worker on DBOS: a conversation is a workflow, an effect one of its steps, under the effect's own name.

Steps are performed in the process that drives the conversation, and only their outcomes are kept. What a crash
interrupted is performed again, unless it must not be: the line that tells of its beginning was stored before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from logging import getLogger
from time import time

from attrs import define
from dbos import DBOS, DBOSConfig, StepReservation
from msgspec import structs
from msgspec.json import decode, encode

from typedagents.core.ambient import Sleep
from typedagents.core.effect import AnyEffect, Ok, Outcome, Path, proved
from typedagents.core.errors import UnknownTeam
from typedagents.durable.conducting import conduct
from typedagents.durable.orders import Lines, Order, report_of, taken
from typedagents.durable.site import Site, outcome_of
from typedagents.interpreter.driver import Start
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.prompts import Prompt
from typedagents.trace.outcomes import written_outcome
from typedagents.trace.recording import unknown

from .gates import Gates
from .plan import CONVERSATION, CONVERSATIONS, WAITING, DbosPlan, JsonSerializer

FOREVER_S = 3.2e9
"""A hundred years: DBOS asks how long to wait for a human."""

LINES = 50
"""So many lines are stored at once."""

THREADS = 40
"""DBOS writes in threads, of which it would make as many as conversations that start at once, and keep them."""

logger = getLogger("typedagents")


@define(eq=False)
class _Held:
    """One conversation, as the engine that ``conduct`` asks. ``before``: so many lines were stored by earlier lives of it."""

    run: str
    site: Site
    lines: Lines
    gates: Gates
    before: int = 0
    answered: bool = False

    @property
    def asks(self) -> tuple[type[AnyEffect], ...]:
        return self.site.asks

    async def flush(self, starts: Sequence[Start[AnyEffect]], /, *, alone: bool) -> None:
        """Before what must not be repeated, before people are asked and after; else now and then: DBOS can repeat all else."""
        urgent = self.answered or any(
            one.effect.repetition() == "at_most_once" or isinstance(one.effect, self.asks) for one in starts
        )
        if urgent or len(self.lines.pending) >= LINES:
            self.store()

    def store(self) -> None:
        self.answered = False
        at, lines = self.lines.take()
        new = self.site.store.extend(self.run, at, lines)
        self.before = max(self.before, at + len(lines) - new)

    async def waits(self, prompts: Mapping[Path, Prompt], /) -> None:
        await DBOS.set_event_async(WAITING, encode(list(prompts.values())).decode())

    async def ask(self, prompt: Prompt, /) -> str:
        said = proved(await DBOS.recv_async(prompt.id, FOREVER_S), str)
        self.answered = True
        return said

    def perform(self, start: Start[AnyEffect], /) -> Coroutine[object, object, Outcome | None]:
        if isinstance(start.effect, Sleep):
            return self._slept(start.effect)
        return self._step(DBOS.reserve_step(), start)

    async def _slept(self, effect: Sleep) -> Outcome:
        await DBOS.sleep_async(effect.seconds)
        return Ok(None)

    async def _step(self, step: StepReservation, start: Start[AnyEffect]) -> Outcome | None:
        intent = self.lines.intents[start.path]
        lost = intent.number < self.before and start.effect.repetition() == "at_most_once"
        perform = partial(self._lost, start) if lost else partial(self._performed, start)
        kept = await step.run_async({"name": intent.name}, perform)
        return outcome_of(start.effect, kept)

    async def _lost(self, start: Start[AnyEffect]) -> str:
        return written_outcome(unknown(start.effect.kind)).decode()

    async def _performed(self, start: Start[AnyEffect]) -> str:
        async with self.gates.passed(start, self.run):
            return await self.site.perform(start, self.run)

    async def first(self, arrival: Callable[[], Awaitable[Path]], /) -> Path:
        return await DBOS.reserve_step().run_async({"name": "first"}, arrival)


async def _conversation(site: Site, gates: Gates, text: str) -> str:
    """The workflow: the conversation that ``text`` orders, from its beginning; DBOS answers for what was done before."""
    order = structs.replace(decode(text, type=Order), run=DBOS.workflow_id)  # a fork is a run of its own
    try:
        held = taken(order, site.teams, site.world.budget, time)
    except UnknownTeam as error:
        logger.warning("run %s waits for a worker that has its team: %s", order.run, error)
        await asyncio.Event().wait()  # nothing was asked of DBOS yet; whoever has the team begins anew
        raise
    engine = _Held(order.run, site, held.lines, gates)
    async with keeping():
        ended = await conduct(held, engine)
    assert ended is not None, "nobody pauses it"
    engine.store()
    return encode(report_of(order.run, ended)).decode()


@asynccontextmanager
async def dbos_worker(site: Site, plan: DbosPlan | None = None) -> AsyncIterator[None]:
    """Hold conversations in this event loop (asyncio) while inside. One worker a process: DBOS allows no more."""
    plan = plan or DbosPlan()
    plan.prepare()
    gates = Gates(site.paces, plan)
    config: DBOSConfig = {
        "name": "typedagents",
        "system_database_url": plan.url,
        "application_version": plan.version,
        "executor_id": plan.executor,
        "serializer": JsonSerializer(),
        "log_level": "WARNING",
        "notification_listener_polling_interval_sec": plan.polls_s,
        "max_executor_threads": THREADS,
    }
    DBOS(config=config)

    @DBOS.workflow(name=CONVERSATION, max_recovery_attempts=None)
    async def conversation(order: str) -> str:
        return await _conversation(site, gates, order)

    gates.register()
    DBOS.launch()
    try:
        await DBOS.register_queue_async(
            CONVERSATIONS, polling_interval_sec=plan.polls_s, on_conflict="always_update"
        )
        with site.store.opened():
            async with gates.opened():
                yield
    finally:
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
