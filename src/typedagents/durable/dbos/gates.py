"""How fast models are asked: a queue of DBOS lets through so many calls a second, over all workers; each bounds its own.

DBOS limits workflows, not steps. So who wants to call a paced model starts a workflow that does nothing, and goes on when
that was let through. It is named after the call: a call that is made again after a crash has been let through.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from attrs import Factory, define, field
from dbos import DBOS, DBOSClient

from typedagents.core.effect import AnyEffect
from typedagents.core.model import CallModel
from typedagents.durable.site import Pace
from typedagents.interpreter.driver import Start

from .plan import TURNSTILE, DbosPlan, JsonSerializer


def _limit(per_second: float) -> Mapping[str, float]:
    """So many whole calls in so many seconds."""
    return {"limit": max(1, round(per_second)), "period": max(1, round(per_second)) / per_second}


@define(eq=False)
class Gates:
    """The gates of one worker, by the name of the model."""

    paces: Mapping[str, Pace]
    plan: DbosPlan
    _seats: dict[str, asyncio.Semaphore] = field(
        default=Factory(
            lambda self: {m: asyncio.Semaphore(p.at_once) for m, p in self.paces.items() if p.at_once},
            takes_self=True,
        ),
        init=False,
    )
    _client: DBOSClient | None = field(default=None, init=False)

    def register(self) -> None:
        """Tell DBOS of the workflow that does nothing; before it is launched."""

        @DBOS.workflow(name=TURNSTILE)
        async def turnstile() -> None:
            return None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Make the queues, and hold a client while inside."""
        for model, pace in self.paces.items():
            if pace.per_second:
                await DBOS.register_queue_async(
                    f"{TURNSTILE}/{model}",
                    limiter=_limit(pace.per_second),
                    polling_interval_sec=self.plan.polls_s,
                    on_conflict="always_update",
                )
        self._client = DBOSClient(system_database_url=self.plan.url, serializer=JsonSerializer())
        try:
            yield
        finally:
            self._client.destroy()

    @asynccontextmanager
    async def passed(self, start: Start[AnyEffect], run: str) -> AsyncIterator[None]:
        """Inside, the call may be made."""
        effect = start.effect
        pace = self.paces.get(effect.model) if isinstance(effect, CallModel) else None
        if pace is None or not isinstance(effect, CallModel):
            yield
            return
        if pace.per_second and self._client is not None:
            queue = f"{TURNSTILE}/{effect.model}"
            name = f"{TURNSTILE}/{run}/{start.path}"
            handle = await self._client.enqueue_async(
                {
                    "workflow_name": TURNSTILE,
                    "queue_name": queue,
                    "workflow_id": name,
                    "app_version": self.plan.version,
                }
            )
            await handle.get_result(polling_interval_sec=self.plan.polls_s / 4)
        seats = self._seats.get(effect.model)
        if seats is None:
            yield
            return
        async with seats:
            yield
