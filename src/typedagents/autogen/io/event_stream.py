"""The stream of a run that is followed: what is printed becomes an event, and so does what is asked."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeAlias

from typedagents.autogen.events.agent_events import (
    AsyncInputRequest,
    AsyncInputRequestEvent,
    InputRequest,
    InputRequestEvent,
)
from typedagents.autogen.events.base_event import BaseEvent
from typedagents.autogen.events.print_event import Printed, PrintEvent

from .base import IOStream

Put: TypeAlias = "Callable[[BaseEvent[object]], None]"


class EventStream(IOStream):
    """``put`` takes the events. Whoever asks waits until a question is answered."""

    is_told_events = True

    def __init__(self, put: Put, *, is_async: bool) -> None:
        self.send = put
        self._is_async = is_async

    def print(self, *objects: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        """Send what is printed."""
        del flush
        told = [str(one) for one in objects]
        self.send(PrintEvent(Printed(told, sep, end), sep.join(told) + end))

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        """Send the question, and wait for its answer."""
        answers: SimpleQueue[str] = SimpleQueue()

        async def later(text: str) -> None:
            answers.put(text)

        if self._is_async:
            self.send(AsyncInputRequestEvent(AsyncInputRequest(prompt, password, later)))
        else:
            self.send(InputRequestEvent(InputRequest(prompt, password, answers.put)))
        return answers.get()
