"""Model clients that programs write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from attrs import define, field

from tests.autogen.asking import ask
from typedagents.autogen.layer.custom_clients import Registered
from typedagents.autogen.layer.models import provider_of
from typedagents.core.errors import ProviderError
from typedagents.core.parts import Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.configuration.asking import Configured

# --- clients of one's own ---------------------------------------------------------------------------------------


@define
class Called:
    name: str
    arguments: object


@define
class ToolCalled:
    id: str
    function: Called


@define
class Said:
    content: str | None = None
    tool_calls: list[ToolCalled] | None = None
    function_call: Called | None = None


@define
class Mine:
    """A program's own client."""

    config: dict[str, object]
    answers: Sequence[object] = ("hello",)
    params: list[dict[str, object]] = field(factory=list)

    def create(self, params: dict[str, object], /) -> object:
        self.params.append(params)
        if not self.answers:
            raise OSError("the line is dead")
        return self.answers

    def message_retrieval(self, response: object, /) -> Sequence[object]:
        assert isinstance(response, tuple)
        return response

    def cost(self, response: object, /) -> float:
        return 0.5

    @staticmethod
    def get_usage(response: object, /) -> Mapping[str, object]:
        return {"prompt_tokens": 3, "completion_tokens": 4, "model": "mine-1"}


def mine(*answers: object, params: list[dict[str, object]] | None = None) -> Configured:
    kept: list[dict[str, object]] = [] if params is None else params
    provider = provider_of(
        {"model": "m", "model_client_cls": "Mine", "temperature": 0},
        [Registered(Mine, {"answers": answers, "params": kept})],
    )
    assert isinstance(provider, Configured)
    return provider


def test_a_client_of_ones_own_is_asked_in_openais_format() -> None:
    params: list[dict[str, object]] = []
    reply = ask(mine("hello", params=params))
    assert (reply.text, reply.cost_usd, reply.model) == ("hello", Decimal("0.5"), "mine-1")
    assert reply.usage == Usage(fresh_input=3, output=4)
    [asked] = params
    assert (asked["model"], asked["temperature"]) == ("m", 0)
    assert asked["messages"] == [{"role": "user", "name": "you", "content": "hi"}]


def test_answers_of_clients_are_texts_dicts_or_objects() -> None:
    called = Said("look", [ToolCalled("c1", Called("f", '{"a": 1}'))])
    parts = (Text("look"), ToolCall("c1", "f", '{"a": 1}'))
    assert ask(mine(called)).parts == parts
    assert ask(mine(called)).finish == "tool_calls"
    as_dict = {
        "content": "look",
        "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": {"a": 1}}}],
    }
    assert ask(mine(as_dict)).parts == (Text("look"), ToolCall("c1", "f", '{"a":1}'))
    assert ask(mine(Said(function_call=Called("f", "{}")))).parts == (ToolCall("function_call", "f", "{}"),)


def test_what_a_client_raises_is_a_failure() -> None:
    with pytest.raises(ProviderError, match="Mine raised OSError: the line is dead"):
        ask(mine())
