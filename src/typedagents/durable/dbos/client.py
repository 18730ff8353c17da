"""Submitting conversations to workers on DBOS, answering them, and hearing how they ended: from any process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from attrs import define
from dbos import DBOSClient
from msgspec.json import decode, encode

from typedagents.core.errors import HumanError
from typedagents.durable.errors import EngineError
from typedagents.durable.orders import Order, Report
from typedagents.interpreter.prompts import Prompt

from .plan import CONVERSATION, CONVERSATIONS, WAITING, DbosPlan, JsonSerializer


@define(eq=False)
class DbosClient:
    """Whoever submits; made by ``DbosClient.connected``."""

    client: DBOSClient
    plan: DbosPlan

    @classmethod
    @asynccontextmanager
    async def connected(cls, plan: DbosPlan | None = None) -> AsyncIterator[DbosClient]:
        """A client of the workers that have this plan; theirs need not run."""
        plan = plan or DbosPlan()
        plan.prepare()
        client = DBOSClient(system_database_url=plan.url, serializer=JsonSerializer())
        try:
            yield cls(client, plan)
        finally:
            client.destroy()

    async def submit(self, order: Order) -> None:
        """Have this conversation held. One that was submitted under this name before goes on as it was."""
        await self.client.enqueue_async(
            {
                "workflow_name": CONVERSATION,
                "queue_name": CONVERSATIONS,
                "workflow_id": order.run,
                "app_version": self.plan.version,
            },
            encode(order).decode(),
        )

    async def result(self, run: str) -> Report:
        """How the conversation ended, once it has; ``EngineError`` where it was given up."""
        handle = await self.client.retrieve_workflow_async(run)
        kept = await handle.get_result(polling_interval_sec=self.plan.polls_s)
        return decode(str(kept), type=Report)

    async def prompts(self, run: str) -> Sequence[Prompt]:
        """Whom the conversation waits for."""
        told = await self.client.get_event_async(run, WAITING, 0)
        return () if told is None else decode(str(told), type=tuple[Prompt, ...])

    async def answer(self, run: str, prompt: str, text: str) -> None:
        """Answer a prompt, once: of several answers the first counts. ``HumanError`` where nobody waits for this one."""
        waiting = [one.id for one in await self.prompts(run)]
        if prompt not in waiting:
            raise HumanError(
                f"run {run!r} does not ask {prompt!r}; it waits for: {', '.join(waiting) or 'nobody'}"
            )
        await self.client.send_async(run, text, prompt, f"{run}/{prompt}")

    async def forked(self, run: str, effect: str) -> str:
        """A new run that shares what came before this effect (its name, or the beginning of it), and goes on anew."""
        steps = await self.client.list_workflow_steps_async(run)
        for step in steps:
            if step["function_name"].startswith(effect):
                handle = await self.client.fork_workflow_async(
                    run, step["function_id"], application_version=self.plan.version
                )
                return handle.workflow_id
        raise EngineError(f"run {run!r} has no effect {effect!r} to fork from")
