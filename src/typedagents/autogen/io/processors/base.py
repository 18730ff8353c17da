"""What can follow a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typedagents.autogen.io.run_response import AsyncRunResponse, RunResponse


class EventProcessorProtocol(Protocol):
    """Goes through the events of a run."""

    def process(self, response: RunResponse) -> None: ...


class AsyncEventProcessorProtocol(Protocol):
    """The same in an event loop."""

    async def process(self, response: AsyncRunResponse) -> None: ...
