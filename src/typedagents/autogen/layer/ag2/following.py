"""Runs that are followed: what a watcher of the interpreter sees, as AG2's events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, frozen
from msgspec import DecodeError
from msgspec.json import decode

from typedagents.autogen.events.agent_events import (
    Answering,
    AnsweringFunction,
    Beginning,
    Calling,
    CallingFunction,
    Code,
    Completed,
    Ended,
    Execute,
    Executed,
    ExecutedFunctionEvent,
    ExecuteFunctionEvent,
    FunctionCallEvent,
    FunctionResponseEvent,
    GenerateCodeExecutionReplyEvent,
    GroupChatRunChatEvent,
    PostCarryoverProcessingEvent,
    Recipient,
    Sent,
    Speaker,
    TerminationAndHumanReplyNoInputEvent,
    TerminationEvent,
    TextEvent,
    ToolCallEvent,
    ToolResponseEvent,
    UsingAutoReplyEvent,
)
from typedagents.autogen.events.base_event import BaseEvent
from typedagents.autogen.events.client_events import Piece, StreamEvent
from typedagents.autogen.events.print_event import Printed, PrintEvent
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.agentchat.calling import CallFunction, RunProgram
from typedagents.autogen.layer.console.printing import (
    AUTO_REPLY,
    NO_INPUT,
    Begins,
    Executes,
    Line,
    Shown,
    Speaks,
    Spoken,
    show,
)
from typedagents.autogen.layer.messages import classic
from typedagents.autogen.layer.settings import settings, using
from typedagents.core.effect import Ok
from typedagents.core.model import TextDelta
from typedagents.core.parts import ToolResult
from typedagents.interpreter.events import EffectFinished, EffectStarted, Event, Observed, RunEnded

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.chat import ChatResult
    from typedagents.autogen.agentchat.group.context_variables import ContextVariables
    from typedagents.autogen.io.event_stream import EventStream

Holds: TypeAlias = Callable[[], Completed]
AsyncHolds: TypeAlias = Callable[[], Awaitable[Completed]]


@contextmanager
def following(stream: EventStream) -> Iterator[None]:
    """Within this block, what happens goes to ``stream``."""
    chosen = settings()
    with (
        using(watchers=(*chosen.watchers, Telling(stream))),
        IOStream.set_default(stream),
    ):
        yield


def completed(result: ChatResult, last: str | None, variables: ContextVariables | None = None) -> Completed:
    """What a run came to whose chat came to ``result``."""
    return Completed(
        result.summary, list(result.chat_history), result.cost, last, variables, result.stop_reason
    )


@frozen
class Telling:
    """Tells ``stream`` what a run does."""

    stream: EventStream

    def __call__(self, event: Event, /) -> None:
        found = self._event(event)
        if found is not None:
            self.stream.send(found)

    def _event(self, event: Event) -> BaseEvent[object] | None:
        match event:
            case Observed(agent=agent, observation=Spoken() | Line() | Begins() as shown):
                return _shown(shown, agent)
            case EffectStarted(agent=agent, effect=CallFunction() as asked):
                return ExecuteFunctionEvent(
                    Execute(asked.name, asked.call_id, _data(asked.arguments), agent), _words_of_call(asked)
                )
            case EffectFinished(
                agent=agent, effect=CallFunction() as asked, outcome=Ok(ToolResult() as came)
            ):
                done = Executed(
                    asked.name, asked.call_id, _data(asked.arguments), agent, came.text, not came.failed
                )
                return ExecutedFunctionEvent(done)
            case EffectStarted(agent=agent, effect=RunProgram() as program):
                return GenerateCodeExecutionReplyEvent(Code([block.code for block in program.blocks], agent))
            case Observed(observation=TextDelta(text)):
                return StreamEvent(Piece(text))
            case RunEnded(reason=reason):
                return TerminationEvent(Ended(str(reason)))
            case _:
                return None


def _shown(shown: Shown, agent: str) -> BaseEvent[object] | None:
    """What is shown of a run, as an event."""
    words = words_of(shown)
    match shown:
        case Spoken():
            return _sent(shown, words)
        case Speaks(name=name):
            return GroupChatRunChatEvent(Speaker(name), words)
        case Executes():
            return None  # the effect itself is told
        case Begins(given):
            return PostCarryoverProcessingEvent(Beginning(given), words)
        case _ if shown == AUTO_REPLY:
            return UsingAutoReplyEvent(Recipient(agent), words)
        case _ if shown == NO_INPUT:
            return TerminationAndHumanReplyNoInputEvent(Recipient(agent), words)
        case Line(text):
            return PrintEvent(Printed([text]), words)


def _sent(spoken: Spoken, words: str) -> BaseEvent[object]:
    said = classic(spoken.message, spoken.sender)
    who, whom, content = spoken.sender, spoken.receiver, said.get("content")
    calls, answers, call = said.get("tool_calls"), said.get("tool_responses"), said.get("function_call")
    if isinstance(answers, list) and answers:
        return ToolResponseEvent(Answering(who, whom, content, answers), words)
    if isinstance(calls, list) and calls:
        return ToolCallEvent(Calling(who, whom, content, calls), words)
    if isinstance(call, dict):
        return FunctionCallEvent(CallingFunction(who, whom, content, call), words)
    if said.get("role") == "function":
        return FunctionResponseEvent(AnsweringFunction(who, whom, content, str(said.get("name", ""))), words)
    return TextEvent(Sent(who, whom, content), words)


@define
class _Words:
    """Keeps what is printed."""

    text: str = ""

    def print(self, *objects: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        del flush
        self.text += sep.join(map(str, objects)) + end


def words_of(shown: Shown) -> str:
    """What a console shows."""
    words = _Words()
    show(shown, words)
    return words.text


def _words_of_call(asked: CallFunction) -> str:
    return f"\n>>>>>>>> EXECUTING FUNCTION {asked.name}...\nCall ID: {asked.call_id}\nInput arguments: {asked.arguments}\n"


def _data(arguments: str) -> object:
    """The arguments of a call, as far as they can be read."""
    try:
        found: object = decode(arguments)
    except DecodeError:
        return arguments
    return found
