"""Model clients that programs write (``ModelClient``), asked as providers of the typed core."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Protocol

from anyio import to_thread
from attrs import field, frozen
from msgspec.json import decode

from typedagents.autogen.exception_utils import InvalidValue, NotRegistered
from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.json_text import json_text
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Part, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.configuration.options import Options, text_in
from typedagents.providers.formats.openai_chat import COMPATIBLE, encode


class ModelClient(Protocol):
    """A model of one's own, asked in OpenAI's format.

    ``create`` is given the parameters of a chat completion and returns an object of the program's own, about which
    the other methods are asked: the answers in it (texts, or messages with ``content`` and ``tool_calls``), what it
    cost in US dollars, and its usage (``prompt_tokens``, ``completion_tokens``, ``total_tokens``, ``cost``, ``model``).
    """

    def create(self, params: dict[str, object], /) -> object: ...
    def message_retrieval(self, response: object, /) -> Sequence[object]: ...
    def cost(self, response: object, /) -> float: ...
    @staticmethod
    def get_usage(response: object, /) -> Mapping[str, object]: ...


@frozen
class Registered:
    """A client class of the program's, and what it is made with besides its entry."""

    kind: type[ModelClient]
    options: Mapping[str, object] = field(factory=dict)

    @property
    def name(self) -> str:
        """What ``model_client_cls`` says for it."""
        return self.kind.__name__

    def made(self, entry: Options) -> ModelClient:
        """A client for this entry. What its class is made with, only its own signature says, which no checker saw."""
        whole: partial[ModelClient] = partial(self.kind)
        return whole(dict(entry), **self.options)


def client_of(entry: Options, clients: Sequence[Registered], *, in_threads: bool) -> ModelProvider:
    """The provider that asks the client class which ``entry`` names; ``in_threads``: while other things go on."""
    name = text_in(entry, "model_client_cls")
    for one in clients:
        if one.name == name:
            return ClientAsProvider(one.made(entry), text_in(entry, "model") or "", in_threads=in_threads)
    known = ", ".join(one.name for one in clients) or "none"
    raise NotRegistered(
        f"the model client {name!r} is not registered: call register_model_client({name}) first; registered: {known}"
    )


def check_registered(entries: Sequence[Options], one: Registered) -> None:
    """``ValueError`` where no entry names this class."""
    named = [entry.get("model_client_cls") for entry in entries]
    if one.name not in named:
        said = ", ".join(sorted({f"{name}" for name in named if name})) or "none"
        raise InvalidValue(
            f"no entry of the config_list has model_client_cls={one.name!r}, which was registered; found: {said}"
        )


@frozen
class ClientAsProvider:
    """Asks a client: in a thread, where others would wait for it."""

    client: ModelClient
    model: str
    in_threads: bool = True

    def complete(self, request: CallModel, call: Call, /) -> ModelReply | Awaitable[ModelReply]:
        """What the client says first; what it raises is a ``ProviderError``."""
        body = encode(request, COMPATIBLE, model=self.model, stream=False).body
        params = decode(body, type=dict[str, object])
        return to_thread.run_sync(self._answered, params) if self.in_threads else self._answered(params)

    def _answered(self, params: dict[str, object]) -> ModelReply:
        try:
            return self._asked(params)
        except ProviderError:
            raise
        except Exception as error:
            name = type(self.client).__name__
            raise ProviderError(f"the model client {name} raised {type(error).__name__}: {error}") from error

    def _asked(self, params: dict[str, object]) -> ModelReply:
        response = self.client.create(params)
        answers = self.client.message_retrieval(response)
        parts = tuple(_parts(answers[0])) if answers else ()
        usage = self.client.get_usage(response) or {}
        return ModelReply(
            parts,
            "tool_calls" if any(isinstance(part, ToolCall) for part in parts) else "stop",
            usage=Usage(
                fresh_input=_count(usage, "prompt_tokens"), output=_count(usage, "completion_tokens")
            ),
            cost_usd=Decimal(str(self.client.cost(response))),
            model=f"{usage.get('model') or self.model}",
            provider=type(self.client).__name__,
        )


def _count(usage: Mapping[str, object], name: str) -> int:
    found = usage.get(name)
    return found if isinstance(found, int) and found >= 0 else 0


def _parts(answer: object) -> Iterator[Part]:
    """A text, a dict or an object with the fields of a message."""
    if isinstance(answer, str):
        yield Text(answer)
        return
    message = answer if isinstance(answer, Mapping) else _Fields(answer)
    content = message.get("content")
    if isinstance(content, str) and content:
        yield Text(content)
    calls = message.get("tool_calls")
    for index, call in enumerate(calls if isinstance(calls, list | tuple) else ()):
        one = call if isinstance(call, Mapping) else _Fields(call)
        yield _call(one.get("function"), f"{one.get('id') or f'call_{index}'}")
    if message.get("function_call"):
        yield _call(message.get("function_call"), "function_call")


def _call(function: object, call_id: str) -> ToolCall:
    fields = function if isinstance(function, Mapping) else _Fields(function)
    arguments = fields.get("arguments")
    return ToolCall(
        call_id,
        f"{fields.get('name')}",
        arguments if isinstance(arguments, str) else json_text(arguments or {}),
    )


@frozen
class _Fields:
    """An object, read as a dict is."""

    thing: object

    def get(self, name: str) -> object:
        """The attribute of this name; None where there is none."""
        found: object = getattr(self.thing, name, None)
        return found
