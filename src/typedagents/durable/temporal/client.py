"""Submitting conversations to workers on Temporal, answering them, and hearing how they ended: from any process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from attrs import define
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from typedagents.core.errors import ConfigError, HumanError, TypedAgentsError
from typedagents.durable.errors import EngineError
from typedagents.durable.keys import KeyRing
from typedagents.durable.orders import Order, Report
from typedagents.interpreter.prompts import Prompt

from .conversation import CONVERSATION
from .payloads import MOST_BYTES, data_converter

PATIENT = RetryConfig(max_elapsed_time_millis=None, max_retries=30)
"""A server that is away for a minute or two is waited for. The SDK's own ten seconds begin when the call does: who has
waited longer for a result would hear of the loss.
"""


@define(eq=False)
class TemporalClient:
    """Whoever submits; made by ``TemporalClient.connected``."""

    client: Client
    queue: str = "typedagents"

    @classmethod
    async def connected(
        cls,
        address: str = "127.0.0.1:7233",
        *,
        namespace: str = "default",
        queue: str = "typedagents",
        ring: KeyRing | None = None,
    ) -> TemporalClient:
        """A client of the server at ``address``, and of the workers of ``queue``; with a key ring all is encrypted.

        ``EngineError`` where no server answers.
        """
        try:
            made = await Client.connect(
                address, namespace=namespace, data_converter=data_converter(ring), retry_config=PATIENT
            )
        except RuntimeError as error:
            raise EngineError(
                f"no Temporal server answers at {address!r}; start one, or name the address of another: {error}"
            ) from error
        return cls(made, queue)

    def handle(self, run: str) -> WorkflowHandle[Report]:
        """Temporal's own handle of a conversation."""
        return self.client.get_workflow_handle(run, result_type=Report)

    async def submit(self, order: Order) -> None:
        """Have this conversation held. One that was submitted under this name before goes on as it was.

        ``ConfigError`` where what it opens with is more than Temporal takes.
        """
        if len(bytes(order.opening)) > MOST_BYTES:
            raise ConfigError(
                f"run {order.run!r} opens with {len(bytes(order.opening))} bytes, of {MOST_BYTES} that Temporal takes; "
                "say where large things are to be found, or begin with a summary"
            )
        with suppress(WorkflowAlreadyStartedError):
            await self.client.start_workflow(
                CONVERSATION, order, id=order.run, task_queue=self.queue, result_type=Report
            )

    async def result(self, run: str) -> Report:
        """How the conversation ended, once it has; ``EngineError`` where it was given up."""
        try:
            return await self.handle(run).result()
        except WorkflowFailureError as error:
            raise EngineError(f"run {run!r} was given up: {error.cause}") from error
        except RPCError as error:
            raise _none(run, error, EngineError) from error

    async def prompts(self, run: str) -> Sequence[Prompt]:
        """Whom the conversation waits for."""
        found = await self.handle(run).query("prompts", result_type=list[Prompt])
        return tuple(one for one in found if isinstance(one, Prompt)) if isinstance(found, list) else ()

    async def answer(self, run: str, prompt: str, text: str) -> None:
        """Answer a prompt, once: of several answers the first counts. ``HumanError`` where nobody waits for this one."""
        try:
            await self.handle(run).execute_update(
                "answer", args=[prompt, text], id=prompt, result_type=type(None)
            )
        except WorkflowUpdateFailedError as error:
            raise HumanError(f"run {run!r}: {error.cause}") from error
        except RPCError as error:
            raise _none(run, error, HumanError) from error


def _none(run: str, error: RPCError, kind: type[TypedAgentsError]) -> Exception:
    """What is said of a run that Temporal does not have, or that has ended."""
    known = error.status != RPCStatusCode.NOT_FOUND
    return error if known else kind(f"run {run!r} is not under way: {error}; look for its name in the store")
