"""What a wire format is to whoever asks a service: pure functions between bytes and values, for any transport.

encode(request, model=..., stream=...)         -> Encoded
decode(status, headers, body, asked=...)       -> ModelReply | ProviderError
streaming(asked, status, headers, clean)       -> Decoding: feed(bytes) -> deltas, end() -> deltas, finish() -> reply or error
classify(status, headers, body, asked=...)     -> ProviderError
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol, TypeAlias

from attrs import field, frozen
from msgspec import Raw

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.model import CallModel, ModelReply, ReasoningDelta, TextDelta, ToolSpec
from typedagents.interpreter.ports import Headers

from .loose import is_json

StreamedDelta: TypeAlias = TextDelta | ReasoningDelta
"""What is shown of an answer while it comes."""


@frozen
class ArgumentsDelta:
    """A piece of the arguments that a model is just writing for ``tool``; ``place`` tells the calls of an answer apart."""

    place: int
    tool: str
    text: str


Arguments: TypeAlias = tuple[ArgumentsDelta, ...]
NO_ARGUMENTS: Arguments = ()

DecodedDelta: TypeAlias = StreamedDelta | ArgumentsDelta
"""What comes out of a stream."""


def pieces_of(place: int, tool: str, text: str) -> Arguments:
    """A piece of a call's arguments, where there is any and somebody it is for."""
    return (ArgumentsDelta(place, tool, text),) if tool and text else ()


Clean: TypeAlias = Callable[[bytes], bytes]
"""Takes out of what a service sent what must not be kept: the key, which some quote."""


@frozen
class Encoded:
    """A request without its address and key."""

    path: str
    headers: Headers
    body: bytes = field(repr=lambda body: f"<{len(body)} bytes>")


class Decoding(Protocol):
    """A streamed answer that is coming in. ``done``: nothing more is to come; ``ended_well``: and all came."""

    @property
    def done(self) -> bool: ...
    @property
    def ended_well(self) -> bool: ...
    def feed(self, data: bytes, /) -> tuple[DecodedDelta, ...]:
        """What the model says in ``data``."""
        ...

    def end(self) -> tuple[DecodedDelta, ...]:
        """Nothing more comes: what the model says in what was not closed yet."""
        ...

    def finish(self) -> ModelReply | ProviderError:
        """The reply, or why there is none, when all has been fed that came."""
        ...


class Codec(Protocol):
    """A wire format, with what differs between the servers that speak it."""

    def encode(self, request: CallModel, /, *, model: str, stream: bool) -> Encoded:
        """The request that asks ``model`` to speak as ``request.me``."""
        ...

    def decode(
        self, status: int, headers: Headers, body: bytes, /, *, asked: str
    ) -> ModelReply | ProviderError:
        """The reply in a whole answer, or why there is none. ``asked`` says in errors what was asked of whom."""
        ...

    def streaming(self, asked: str, status: int, headers: Headers, clean: Clean, /) -> Decoding: ...

    def is_stream(self, headers: Headers, /) -> bool:
        """Whether an answer is a stream; some servers ignore the wish for one."""
        ...


def raw_json(text: str, what: str) -> Raw:
    """``text`` as it is, when it is JSON: anything else would break the body around it."""
    if not is_json(text):
        raise ConfigError(f"{what} must be JSON text; found {text!r:.80}")
    return Raw(text.encode())


def eligible(request: CallModel) -> tuple[ToolSpec, ...]:
    """The tools to show where a format cannot name the one that must be called: that one alone."""
    choice = request.settings.tool_choice
    named = tuple(tool for tool in request.tools if tool.name == choice)
    return named or request.tools


def function_tool(tool: ToolSpec, *, strict: bool = False) -> dict[str, object]:
    """A tool as most formats tell of it."""
    schema = raw_json(tool.parameters, f"the parameters of tool {tool.name!r}")
    function: dict[str, object] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": schema,
    }
    return {"type": "function", "function": {**function, "strict": True} if strict else function}


def with_extra(body: dict[str, object], extra: Iterable[tuple[str, str]], own: Collection[str]) -> None:
    """Add the further settings to ``body``; what is the provider's ``own`` to write is none of them."""
    for name, text in extra:
        if name in own:
            raise ConfigError(f"settings.extra must not hold {name!r}: the provider writes it itself")
        body[name] = raw_json(text, f"settings.extra[{name!r}]")


def known_only(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The fields that have a value."""
    return {name: value for name, value in pairs if value is not None}
