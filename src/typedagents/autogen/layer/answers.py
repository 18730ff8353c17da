"""What models answer, in the shape of a chat completion."""

from __future__ import annotations

from attrs import field, frozen

from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall


@frozen
class FunctionCall:
    """A function and the JSON text of its arguments."""

    name: str
    arguments: str


@frozen
class MessageToolCall:
    """A call of a tool."""

    id: str
    function: FunctionCall
    type: str = "function"


@frozen
class ResponseMessage:
    """What the model said."""

    content: str | None
    role: str = "assistant"
    tool_calls: list[MessageToolCall] | None = None
    function_call: FunctionCall | None = None

    def model_dump(self) -> dict[str, object]:
        """The same as a message dict."""
        said: dict[str, object] = {"role": self.role, "content": self.content}
        if self.function_call is not None:
            said["function_call"] = _dumped(self.function_call)
        if self.tool_calls is not None:
            said["tool_calls"] = [
                {"id": call.id, "type": call.type, "function": _dumped(call.function)}
                for call in self.tool_calls
            ]
        return said


def _dumped(call: FunctionCall) -> dict[str, object]:
    return {"name": call.name, "arguments": call.arguments}


@frozen
class Choice:
    """An answer, of which there is one."""

    message: ResponseMessage
    finish_reason: str = "stop"
    index: int = 0


@frozen
class CompletionUsage:
    """Tokens."""

    prompt_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        """Both together."""
        return self.prompt_tokens + self.completion_tokens


@frozen
class ChatResponse:
    """An answer in the shape of a chat completion.

    ``cost`` is in US dollars, nought where no price is known; ``config_id`` counts the entries of the ``config_list``
    from 0; ``pass_filter`` is what ``filter_func`` said of it.
    """

    id: str
    model: str
    choices: list[Choice]
    usage: CompletionUsage | None
    cost: float
    config_id: int = 0
    pass_filter: bool = True
    reply: ModelReply | None = field(default=None, repr=False)


def response_of(reply: ModelReply, config_id: int, *, legacy: bool) -> ChatResponse:
    """``reply`` in the classic shape; ``legacy``: a call is a ``function_call``."""
    calls = [
        MessageToolCall(part.id, FunctionCall(part.name, part.arguments))
        for part in reply.parts
        if isinstance(part, ToolCall)
    ]
    message = ResponseMessage(
        reply.text or (None if calls else ""),
        tool_calls=None if legacy or not calls else calls,
        function_call=calls[0].function if legacy and calls else None,
    )
    usage = reply.usage and CompletionUsage(reply.usage.input_tokens, reply.usage.output_tokens)
    cost = float(reply.cost_usd or 0)
    choices = [Choice(message, reply.finish)]
    return ChatResponse(reply.id, reply.model, choices, usage, cost, config_id, reply=reply)
