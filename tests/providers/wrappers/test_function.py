"""``function``: what a function may say as a model."""

from __future__ import annotations

from decimal import Decimal

import anyio.lowlevel
import pytest

from tests.providers.asking import REQUEST, Told
from tests.providers.wrappers.models import answer, failed, replied
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.parts import Text, ToolCall
from typedagents.core.usage import NO_USAGE
from typedagents.providers import function


def test_a_function_says_text(backend: str) -> None:
    reply = replied(function(lambda request: request.transcript[-1].text.upper(), "loud"), backend)

    assert reply == ModelReply("HI", usage=NO_USAGE, cost_usd=Decimal(0), model="loud", provider="loud")


def test_an_async_one_too_and_it_may_show_its_words(backend: str) -> None:
    async def slowly(request: CallModel, call: Call) -> str:
        for word in ("well", "hi"):
            await anyio.lowlevel.checkpoint()
            call.emit(TextDelta(word))
        return f"well{request.me}"

    told = Told()

    assert replied(function(slowly), backend, told).text == "wellme"
    assert told.shown == [TextDelta("well"), TextDelta("hi")]


def test_it_may_call_tools() -> None:
    model = function(
        lambda request: (Text(request.me), ToolCall("", "add"), ToolCall("mine", "add"), ToolCall("", "add"))
    )
    reply = replied(model)
    ids = [part.id for part in reply.parts if isinstance(part, ToolCall)]

    assert reply.finish == "tool_calls"
    assert ids[1] == "mine"
    assert len(set(ids)) == 3
    assert all(ids)
    assert replied(model) == reply, "the same call has the same ids"
    assert replied(model, told=Told(id="run/t1")) != reply


def test_a_whole_reply_is_left_as_it_is() -> None:
    reply = answer()

    assert replied(function(lambda request: reply)) is reply


def test_what_it_raises_fails_the_call() -> None:
    error = ProviderError("no", kind="overloaded")

    def refuses(request: CallModel) -> str:
        del request
        raise error

    assert failed(function(refuses)) is error


@pytest.mark.parametrize("said", [5, None])
def test_other_answers_are_a_fault_of_the_program(said: object) -> None:
    def odd(request: CallModel) -> str:
        del request
        return said  # type: ignore[return-value]  # what a type checker would not let pass

    with pytest.raises(ConfigError, match=r"function\('odd'\) returned (int|NoneType); return one"):
        replied(function(odd, "odd"))


def test_a_function_of_no_arguments_is_none() -> None:
    def nothing() -> str:
        return REQUEST.me

    with pytest.raises(ConfigError, match="function"):
        function(nothing)  # type: ignore[arg-type]  # what a type checker would not let pass
