"""What agents do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from typedagents.autogen.layer.messages import Plain
from typedagents.core.stop import StopReason

from .base_event import BaseEvent

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.group.context_variables import ContextVariables
    from typedagents.autogen.layer.usage import Cost


@frozen
class Sent:
    """A message, and what it says."""

    sender: str
    recipient: str
    content: object


class TextEvent(BaseEvent[Sent]):
    """A message was sent that is words, or words and pictures."""

    type = "text"


@frozen
class Calling(Sent):
    """A message that calls tools."""

    tool_calls: Sequence[Mapping[str, object]]


class ToolCallEvent(BaseEvent[Calling]):
    """A message was sent that calls tools."""

    type = "tool_call"


@frozen
class Answering(Sent):
    """A message of tools' results."""

    tool_responses: Sequence[Mapping[str, object]]


class ToolResponseEvent(BaseEvent[Answering]):
    """A message was sent that holds results of tools."""

    type = "tool_response"


@frozen
class CallingFunction(Sent):
    """A message that calls a function."""

    function_call: Mapping[str, object]


class FunctionCallEvent(BaseEvent[CallingFunction]):
    """A message was sent that calls a function of the older kind."""

    type = "function_call"


@frozen
class AnsweringFunction(Sent):
    """A message of a function's result."""

    name: str


class FunctionResponseEvent(BaseEvent[AnsweringFunction]):
    """A message was sent that holds the result of a function of the older kind."""

    type = "function_response"


# --- what is done -----------------------------------------------------------------------------------------------


@frozen
class Execute:
    """A call."""

    func_name: str
    call_id: str
    arguments: object
    recipient: str


class ExecuteFunctionEvent(BaseEvent[Execute]):
    """A function is about to be called."""

    type = "execute_function"


@frozen
class Executed(Execute):
    """A call, and what it came to."""

    content: str
    is_exec_success: bool


class ExecutedFunctionEvent(BaseEvent[Executed]):
    """A function was called."""

    type = "executed_function"


@frozen
class Code:
    """Code that is run."""

    code_blocks: Sequence[str]
    recipient: str


class GenerateCodeExecutionReplyEvent(BaseEvent[Code]):
    """Code is about to be run."""

    type = "generate_code_execution_reply"


@frozen
class Recipient:
    """Whom it is about."""

    recipient: str


class UsingAutoReplyEvent(BaseEvent[Recipient]):
    """An agent whose human was asked answers by itself."""

    type = "using_auto_reply"


class TerminationAndHumanReplyNoInputEvent(BaseEvent[Recipient]):
    """A human was asked and typed nothing."""

    type = "termination_and_human_reply_no_input"


@frozen
class Speaker:
    """Who speaks."""

    speaker: str


class GroupChatRunChatEvent(BaseEvent[Speaker]):
    """Somebody in a group chat was chosen to speak."""

    type = "group_chat_run_chat"


@frozen
class Beginning:
    """With what a chat begins, where that is asked for."""

    message: str


class PostCarryoverProcessingEvent(BaseEvent[Beginning]):
    """A chat of several begins."""

    type = "post_carryover_processing"


# --- humans -----------------------------------------------------------------------------------------------------


@frozen(eq=False)
class InputRequest:
    """A question; ``respond`` answers it."""

    prompt: str
    password: bool
    respond: Callable[[str], None]


class InputRequestEvent(BaseEvent[InputRequest]):
    """A human is asked; the run waits for ``event.content.respond(text)``."""

    type = "input_request"


@frozen(eq=False)
class AsyncInputRequest:
    """A question; ``respond`` answers it, and is awaited."""

    prompt: str
    password: bool
    respond: Callable[[str], Awaitable[None]]


class AsyncInputRequestEvent(BaseEvent[AsyncInputRequest]):
    """A human is asked; the run waits for ``await event.content.respond(text)``."""

    type = "input_request"


# --- how it ends ------------------------------------------------------------------------------------------------


@frozen
class Ended:
    """Why."""

    termination_reason: str


class TerminationEvent(BaseEvent[Ended]):
    """The conversation is over."""

    type = "termination"


@frozen(eq=False)
class Failed:
    """By what."""

    error: BaseException


class ErrorEvent(BaseEvent[Failed]):
    """The run failed."""

    type = "error"


@frozen(eq=False)
class Completed:
    """What the run came to."""

    summary: str
    history: Sequence[Plain]
    cost: Cost
    last_speaker: str | None
    context_variables: ContextVariables | None
    reason: StopReason


class RunCompletionEvent(BaseEvent[Completed]):
    """The run is over: nothing follows."""

    type = "run_completion"
