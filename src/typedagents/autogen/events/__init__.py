"""What happens in a run, told one by one to whoever follows it."""

from .agent_events import (
    AsyncInputRequestEvent,
    ErrorEvent,
    ExecutedFunctionEvent,
    ExecuteFunctionEvent,
    FunctionCallEvent,
    FunctionResponseEvent,
    GenerateCodeExecutionReplyEvent,
    GroupChatRunChatEvent,
    InputRequestEvent,
    PostCarryoverProcessingEvent,
    RunCompletionEvent,
    TerminationAndHumanReplyNoInputEvent,
    TerminationEvent,
    TextEvent,
    ToolCallEvent,
    ToolResponseEvent,
    UsingAutoReplyEvent,
)
from .base_event import BaseEvent
from .client_events import StreamEvent
from .print_event import PrintEvent

__all__ = [
    "AsyncInputRequestEvent",
    "BaseEvent",
    "ErrorEvent",
    "ExecuteFunctionEvent",
    "ExecutedFunctionEvent",
    "FunctionCallEvent",
    "FunctionResponseEvent",
    "GenerateCodeExecutionReplyEvent",
    "GroupChatRunChatEvent",
    "InputRequestEvent",
    "PostCarryoverProcessingEvent",
    "PrintEvent",
    "RunCompletionEvent",
    "StreamEvent",
    "TerminationAndHumanReplyNoInputEvent",
    "TerminationEvent",
    "TextEvent",
    "ToolCallEvent",
    "ToolResponseEvent",
    "UsingAutoReplyEvent",
]
