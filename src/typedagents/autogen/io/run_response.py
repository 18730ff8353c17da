"""A run that goes on by itself: its events as they come, and what it comes to.

    response = agent.run("What is 2 + 2?")
    response.process()          # shows it at the console; or: for event in response.events: ...
    response.summary

What it comes to is there when it is over; until then it is empty or None.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from typedagents.autogen.events.agent_events import Completed, ErrorEvent, Failed, RunCompletionEvent
from typedagents.autogen.events.base_event import BaseEvent
from typedagents.autogen.layer.ag2.following import AsyncHolds, Holds, following
from typedagents.autogen.layer.agentchat.calling import current
from typedagents.autogen.layer.messages import Plain

from .event_stream import EventStream
from .processors.base import AsyncEventProcessorProtocol, EventProcessorProtocol
from .processors.console_event_processor import AsyncConsoleEventProcessor, ConsoleEventProcessor

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.group.context_variables import ContextVariables
    from typedagents.autogen.layer.usage import Cost
    from typedagents.autogen.tools.tool import Tool


class Followed:
    """What both kinds of responses know."""

    def __init__(self, agents: Sequence[ConversableAgent]) -> None:
        self.agents = list(agents)
        self.uuid: UUID = uuid4()
        self.completed: Completed | None = None
        self.over = False

    def set_ui_tools(self, tools: Sequence[Tool]) -> None:
        """Tell the agents that have a model of these tools."""
        for agent in self.agents:
            if agent.has_model:
                for tool in tools:
                    tool.register_for_llm(agent)

    def ended(self, came: Completed | BaseException) -> BaseEvent[object]:
        """The last event."""
        if isinstance(came, Completed):
            self.completed = came
            return RunCompletionEvent(came)
        return ErrorEvent(Failed(came))

    def passed(self, event: BaseEvent[object]) -> BaseEvent[object]:
        """An event on its way to whoever follows; ``ErrorEvent`` raises the error."""
        if isinstance(event, ErrorEvent):
            self.over = True
            raise event.content.error
        self.over = isinstance(event, RunCompletionEvent)
        return event


class RunResponse(Followed):
    """A run in a thread of its own."""

    def __init__(self, holds: Holds, agents: Sequence[ConversableAgent]) -> None:
        super().__init__(agents)
        self._events: SimpleQueue[BaseEvent[object]] = SimpleQueue()
        context = copy_context()
        context.run(current.set, None)  # a run of its own, wherever it was begun
        Thread(target=context.run, args=(self._held, holds), daemon=True).start()

    def _held(self, holds: Holds) -> None:
        came: Completed | BaseException
        try:
            with following(EventStream(self._events.put, is_async=False)):
                came = holds()
        except BaseException as error:  # whatever it is, it is raised where the run is followed
            came = error
        self._events.put(self.ended(came))

    @property
    def events(self) -> Iterator[BaseEvent[object]]:
        """The events as they come; what the run failed by is raised."""
        while not self.over:
            yield self.passed(self._events.get())

    def process(self, processor: EventProcessorProtocol | None = None) -> None:
        """Follow the run to its end: by ``processor``, or at the console."""
        (processor or ConsoleEventProcessor()).process(self)

    @property
    def messages(self) -> Sequence[Plain]:
        """What was said."""
        return () if self.completed is None else self.completed.history

    chat_history = messages

    @property
    def summary(self) -> str | None:
        """What it came to."""
        return None if self.completed is None else self.completed.summary

    @property
    def cost(self) -> Cost | None:
        """What it cost."""
        return None if self.completed is None else self.completed.cost

    @property
    def last_speaker(self) -> str | None:
        """Who said the last message."""
        return None if self.completed is None else self.completed.last_speaker

    @property
    def context_variables(self) -> ContextVariables | None:
        """The context variables of a group, as they stand."""
        return None if self.completed is None else self.completed.context_variables


class AsyncRunResponse(Followed):
    """A run in a task of its own. What it comes to is awaited: ``await response.summary``."""

    def __init__(self, holds: AsyncHolds, agents: Sequence[ConversableAgent]) -> None:
        super().__init__(agents)
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[BaseEvent[object]] = asyncio.Queue()
        context = copy_context()
        context.run(current.set, None)  # a run of its own, wherever it was begun
        self._task = self._loop.create_task(self._held(holds), context=context)

    def _put(self, event: BaseEvent[object]) -> None:
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def _held(self, holds: AsyncHolds) -> None:
        came: Completed | BaseException
        try:
            with following(EventStream(self._put, is_async=True)):
                came = await holds()
        except Exception as error:  # whatever it is, it is raised where the run is followed
            came = error
        self._put(self.ended(came))

    @property
    async def events(self) -> AsyncIterator[BaseEvent[object]]:
        """The events as they come; what the run failed by is raised."""
        while not self.over:
            yield self.passed(await self._events.get())

    async def process(self, processor: AsyncEventProcessorProtocol | None = None) -> None:
        """Follow the run to its end: by ``processor``, or at the console."""
        await (processor or AsyncConsoleEventProcessor()).process(self)

    @property
    async def messages(self) -> Sequence[Plain]:
        """What was said."""
        return () if self.completed is None else self.completed.history

    chat_history = messages

    @property
    async def summary(self) -> str | None:
        """What it came to."""
        return None if self.completed is None else self.completed.summary

    @property
    async def cost(self) -> Cost | None:
        """What it cost."""
        return None if self.completed is None else self.completed.cost

    @property
    async def last_speaker(self) -> str | None:
        """Who said the last message."""
        return None if self.completed is None else self.completed.last_speaker

    @property
    async def context_variables(self) -> ContextVariables | None:
        """The context variables of a group, as they stand."""
        return None if self.completed is None else self.completed.context_variables
