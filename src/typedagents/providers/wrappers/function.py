"""``function``: a plain function as a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from hashlib import sha256
from inspect import isawaitable
from typing import TypeAlias

from attrs import Factory, evolve, field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.handler import Answer, Call, handler_of
from typedagents.core.message import Content, as_parts
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Part, ToolCall
from typedagents.core.usage import NO_USAGE

Said: TypeAlias = Content | ModelReply
"""What a model says: text, a part or parts (``ToolCall``s among them), or a whole reply."""

PlainModel: TypeAlias = Callable[[CallModel], Said | Awaitable[Said]]
InformedModel: TypeAlias = Callable[[CallModel, Call], Said | Awaitable[Said]]


def reply_of(said: Said, model: str, provider: str, call_id: Callable[[int], str]) -> ModelReply:
    """``said`` as a reply that costs nothing. Tool calls without an id are given ``call_id(n)``, n from 1."""
    if isinstance(said, ModelReply):
        return said
    parts = as_parts(said)
    calls = [part for part in parts if isinstance(part, ToolCall)]
    ids = {id(one): call_id(n) for n, one in enumerate(calls, 1) if not one.id}
    return ModelReply(
        tuple(
            evolve(part, id=ids[id(part)]) if isinstance(part, ToolCall) and id(part) in ids else part
            for part in parts
        ),
        finish="tool_calls" if calls else "stop",
        usage=NO_USAGE,
        cost_usd=Decimal(0),
        model=model,
        provider=provider,
    )


def _performed_by(model: FunctionModel) -> Answer:
    return handler_of(CallModel, model.answer).table[CallModel]


@frozen
class FunctionModel:
    """See ``function``."""

    answer: PlainModel | InformedModel
    name: str = "function"
    _asked: Answer = field(default=Factory(_performed_by, takes_self=True), init=False, repr=False, eq=False)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """What the function says."""
        said = self._asked(request, call)
        said = await said if isawaitable(said) else said
        return reply_of(self._proved(said), request.model or self.name, self.name, lambda n: _id(call, n))

    def _proved(self, said: object) -> Said:
        if isinstance(said, ModelReply | Iterable | Part):
            return said
        raise ConfigError(
            f"a model says text, parts or a ModelReply; function({self.name!r}) returned {type(said).__name__}; return one "
            "of them"
        )


def _id(call: Call, n: int) -> str:
    return f"call_{sha256(f'{call.id}/{n}'.encode()).hexdigest()[:16]}"


def function(answer: PlainModel | InformedModel, name: str = "function") -> FunctionModel:
    """A function, plain or async, as a model: ``function(lambda request: "Hello.")``.

    It is given the request, and the call where it takes a second argument (``call.emit(TextDelta(...))`` shows words as
    they come); it says text, a ``ToolCall``, several parts, or a whole ``ModelReply``. What it raises fails the call:
    a ``ProviderError`` with its kind. The answer costs nothing, unless it is a reply that says otherwise.
    """
    return FunctionModel(answer, name)
