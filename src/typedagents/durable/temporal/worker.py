"""Workers on Temporal: workflows and activities of one task queue, and a queue for each model that has a pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from attrs import frozen
from msgspec import Raw
from msgspec.json import decode
from temporalio import activity
from temporalio.client import Client, WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    Interceptor,
    Replayer,
    Worker,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from typedagents.core.effect import Path
from typedagents.core.errors import EffectError, TypedAgentsError
from typedagents.durable.keys import KeyRing
from typedagents.durable.orders import Errand, Piece
from typedagents.durable.site import Pace, Site, teams_in
from typedagents.interpreter.driver import Start
from typedagents.interpreter.lifetime import keeping
from typedagents.trace.effects import kinds_of, read_effect
from typedagents.trace.lines import Begun

from .conversation import (
    KEEP,
    PERFORM,
    SETUP,
    SHELVE,
    Conversation,
    Setup,
    queue_of,
    setup_here,
)
from .payloads import data_converter

THROUGH = ("typedagents", "msgspec", "attr", "attrs", "cattrs", "anyio", "httpx", "tenacity")
"""What the sandbox takes from outside: the library and what it is made with. A user's own modules stay inside."""

AT_ONCE = 8
"""So many conversations are played at once, each in a thread: enough to wait for the server, as Python plays one at a time.
Heartbeats wait while the sandboxes of so many are made."""


@frozen
class TemporalPlan:
    """``module`` is where the workers' teams are, under the name ``attribute``: policies are imported from there, again
    for each conversation. ``trusted`` modules are not: large ones that policies only compute with.

    A worker tells of itself at least every ``heartbeat_s``; one that does not is taken for lost, and what it performed is
    performed by another, ``attempts`` times at most. Nothing may take longer than ``longest_s``. A conversation goes on in
    a new history when the server says so, or after ``events``.
    """

    module: str
    attribute: str = "teams"
    queue: str = "typedagents"
    trusted: tuple[str, ...] = ()
    heartbeat_s: float = 10.0
    longest_s: float = 600.0
    attempts: int = 5
    cached: int = 1000
    events: int = 10_000

    def setup(self, site: Site) -> Setup:
        """What workflows are told."""
        return Setup(
            self.module,
            self.attribute,
            site.world.budget,
            site.asks,
            frozenset(site.paces),
            self.heartbeat_s,
            self.longest_s,
            self.attempts,
            self.events,
            site.shelved,
        )

    @property
    def runner(self) -> SandboxedWorkflowRunner:
        """The sandbox of the workflows."""
        return SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*THROUGH, *self.trusted)
        )


class Imports(WorkflowInboundInterceptor):
    """Imports the teams as soon as a sandbox is made. Sandboxes are made one at a time.

    Within the workflow it would be many threads at once: they wait for each other's imports, until Temporal takes one that
    waits two seconds for hung, and breaks it off; and the lock of an import never recovers from that.
    """

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        setup = setup_here()
        teams_in(setup.module, setup.attribute)
        super().init(outbound)


@frozen
class Tells(Interceptor):
    """Hands the setup to workflows."""

    setup: Setup

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[Imports]:
        input.unsafe_extern_functions[SETUP] = lambda: self.setup
        return Imports


@frozen
class _Activities:
    """What workers do for workflows."""

    site: Site
    heartbeat_s: float

    @activity.defn(name=PERFORM)
    async def perform(self, errand: Errand) -> Raw:
        beating = asyncio.ensure_future(_beat(self.heartbeat_s / 3))
        try:
            return Raw((await self._performed(errand)).encode())
        except EffectError:
            raise
        except TypedAgentsError as error:
            raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _performed(self, errand: Errand) -> str:
        site, run = self.site, errand.run
        site.store.extend(run, errand.at, _lines(errand.lines))
        begun = decode(errand.lines[-1], type=Begun)
        effect = read_effect(begun, kinds_of(site.world.handler.table), site.store.shelf(run))
        start = Start(Path(begun.path), effect, errand.agent, activity.info().attempt)
        return await site.perform(start, run, in_thread=True)  # or no heartbeat could be heard

    @activity.defn(name=KEEP)
    async def keep(self, piece: Piece) -> int:
        return self.site.store.extend(piece.run, piece.at, _lines(piece.lines))

    @activity.defn(name=SHELVE)
    async def shelve(self, page: Raw) -> str:
        return self.site.shelve(bytes(page))


def _lines(lines: Sequence[Raw]) -> list[bytes]:
    return [bytes(line) + b"\n" for line in lines]


async def _beat(every_s: float) -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(every_s)


@asynccontextmanager
async def temporal_worker(site: Site, plan: TemporalPlan, client: Client) -> AsyncIterator[None]:
    """Hold conversations while inside: any number of workers may, on any number of machines."""
    does = _Activities(site, plan.heartbeat_s)
    async with AsyncExitStack() as stack:
        stack.enter_context(site.store.opened())
        await stack.enter_async_context(keeping())
        for model, pace in site.paces.items():
            await stack.enter_async_context(_paced(client, queue_of(plan.queue, model), pace, does))
        await stack.enter_async_context(
            Worker(
                client,
                task_queue=plan.queue,
                workflows=[Conversation],
                activities=[does.perform, does.keep, does.shelve],
                workflow_runner=plan.runner,
                interceptors=[Tells(plan.setup(site))],
                max_cached_workflows=plan.cached,
                max_concurrent_workflow_tasks=AT_ONCE,
            )
        )
        yield


def _paced(client: Client, queue: str, pace: Pace, does: _Activities) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        activities=[does.perform],
        max_concurrent_activities=pace.at_once,
        max_task_queue_activities_per_second=pace.per_second,
    )


async def check_history(
    history: WorkflowHistory, site: Site, plan: TemporalPlan, ring: KeyRing | None = None
) -> None:
    """Play a stored history with today's teams; raises where they would ask for something else. For tests of upgrades."""
    replayer = Replayer(
        workflows=[Conversation],
        workflow_runner=plan.runner,
        data_converter=data_converter(ring),
        interceptors=[Tells(plan.setup(site))],
    )
    await replayer.replay_workflow(history)
