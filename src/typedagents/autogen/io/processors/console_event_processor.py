"""Follows a run at the console: shows what happens, and has its human answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from typedagents.autogen.events.agent_events import AsyncInputRequestEvent, InputRequestEvent
from typedagents.autogen.io.base import IOStream

if TYPE_CHECKING:
    from typedagents.autogen.events.base_event import BaseEvent
    from typedagents.autogen.io.run_response import AsyncRunResponse, RunResponse


class ConsoleEventProcessor:
    """Prints to the stream in use where it is made, and asks there."""

    def __init__(self) -> None:
        self._io = IOStream.get_default()

    def process(self, response: RunResponse) -> None:
        """Go through the run."""
        for event in response.events:
            self.process_event(event)

    def process_event(self, event: BaseEvent[object]) -> None:
        """Show one event, or answer it."""
        if isinstance(event, InputRequestEvent):
            asked = event.content
            asked.respond(self._io.input(asked.prompt, password=asked.password))
        elif event.words:
            event.print(self._io.print)


class AsyncConsoleEventProcessor:
    """The same in an event loop, which goes on while the human types."""

    def __init__(self) -> None:
        self._io = IOStream.get_default()

    async def process(self, response: AsyncRunResponse) -> None:
        """Go through the run."""
        async for event in response.events:
            await self.process_event(event)

    async def process_event(self, event: BaseEvent[object]) -> None:
        """Show one event, or answer it."""
        if isinstance(event, AsyncInputRequestEvent):
            asked = event.content
            ask = partial(self._io.input, asked.prompt, password=asked.password)
            await asked.respond(await anyio.to_thread.run_sync(ask, abandon_on_cancel=True))
        elif event.words:
            event.print(self._io.print)
