"""Asking a model once, in the shape of a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO

import pytest

from tests.autogen.test_custom_clients import Mine
from tests.providers.loopback import said, serving, whole
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.answers import ChatResponse, ResponseMessage
from typedagents.autogen.oai import ChatCompletion, Completion, OpenAIWrapper
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.model import ModelReply
from typedagents.core.parts import Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import ModelProvider
from typedagents.testing import calling, scripted_model

HI: list[dict[str, object]] = [{"role": "user", "content": "hi"}]


def reply(text: str = "hello", **more: object) -> ModelReply:
    usage = Usage(fresh_input=10, output=5)
    return ModelReply((Text(text),), usage=usage, model="m-1", id="r1", cached=bool(more.get("cached")))


def wrapper(*providers: ModelProvider, **options: object) -> OpenAIWrapper:
    return OpenAIWrapper(config_list=[{"provider": one, "max_retries": 0} for one in providers], **options)


def failing(kind: str) -> ModelProvider:
    return scripted_model(ProviderError(f"it is {kind}", kind=kind))


def test_an_answer_has_the_shape_of_a_completion() -> None:
    response = wrapper(scripted_model(reply()), price=[0.1, 0.2]).create(messages=HI)
    assert (response.id, response.model, response.config_id, response.pass_filter) == ("r1", "m-1", 0, True)
    assert response.cost == pytest.approx(0.002)
    assert response.usage is not None
    assert (response.usage.prompt_tokens, response.usage.completion_tokens, response.usage.total_tokens) == (
        10,
        5,
        15,
    )
    assert response.choices[0].message.content == "hello"
    assert response.choices[0].finish_reason == "stop"
    assert OpenAIWrapper.extract_text_or_completion_object(response) == ["hello"]
    assert response.choices[0].message.model_dump() == {"role": "assistant", "content": "hello"}


def test_calls_are_messages() -> None:
    tools = [{"type": "function", "function": {"name": "f", "description": "d"}}]
    model = scripted_model(calling("f", a=1))
    response = wrapper(model).create(messages=HI, tools=tools)
    [message] = OpenAIWrapper.extract_text_or_completion_object(response)
    assert isinstance(message, ResponseMessage)
    assert message.tool_calls is not None
    assert message.content is None
    [call] = message.tool_calls
    assert (call.type, call.function.name, call.function.arguments) == ("function", "f", '{"a":1}')
    assert message.model_dump()["tool_calls"] == [
        {"id": call.id, "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    ]
    assert [tool.name for tool in model.asked[0].tools] == ["f"]


def test_calls_of_functions_have_the_older_shape() -> None:
    response = wrapper(scripted_model(calling("f"))).create(messages=HI, functions=[{"name": "f"}])
    message = response.choices[0].message
    assert message.tool_calls is None
    assert message.model_dump()["function_call"] == {"name": "f", "arguments": "{}"}


def test_messages_are_told_in_their_order() -> None:
    model = scripted_model("done")
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "system", "content": "Be"},
        {"role": "system", "content": "brief."},
        {"role": "user", "name": "ann", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "3"},
        {"role": "user", "content": [{"type": "text", "text": "so?"}]},
    ]
    wrapper(model).create(messages=messages)
    [asked] = model.asked
    assert asked.instructions is not None
    assert asked.instructions.text == "Be\nbrief."
    told = list(asked.transcript)
    assert [message.sender for message in told] == ["ann", "assistant", "tool", "user"]
    assert [message.text for message in told] == ["hi", "", "3", "so?"]
    assert any(isinstance(part, ToolCall) for part in told[1].parts)


def test_a_prompt_is_a_message() -> None:
    model = scripted_model("done")
    wrapper(model).create(prompt="hi")
    assert [message.text for message in model.asked[0].transcript] == ["hi"]
    with pytest.raises(ValueError, match="create needs messages; found the options max_retries, provider"):
        wrapper(model).create()


def test_templates_are_filled_in_on_demand() -> None:
    context = {"name": "Ann"}
    model = scripted_model("a", "b", "c")
    asker = wrapper(model)
    template: list[dict[str, object]] = [{"role": "user", "content": "hi {name}"}]
    asker.create(messages=template, context=context, allow_format_str_template=True)
    asker.create(messages=template, context=context)
    asker.create(
        messages=[{"role": "user", "content": lambda known: f"hi {known['name']}!"}], context=context
    )
    assert [asked.transcript[0].text for asked in model.asked] == ["hi Ann", "hi {name}", "hi Ann!"]
    assert OpenAIWrapper.instantiate(None, context) is None
    assert OpenAIWrapper.instantiate("{name}", None, True) == "{name}"


# --- in which order ---------------------------------------------------------------------------------------------


def test_entries_are_asked_in_turn() -> None:
    response = wrapper(failing("timeout"), scripted_model("second")).create(messages=HI)
    assert (response.config_id, response.choices[0].message.content) == (1, "second")
    with pytest.raises(ProviderError, match="it is auth; before that, it is timeout") as caught:
        wrapper(failing("timeout"), failing("auth")).create(messages=HI)
    assert caught.value.kind == "auth"
    with pytest.raises(ProviderError, match="content_filter"):
        wrapper(failing("content_filter"), scripted_model("never")).create(messages=HI)


def test_each_call_begins_with_the_next_entry_where_that_is_wanted() -> None:
    late = ProviderError("it is late", kind="timeout")
    listed: list[dict[str, object]] = [
        {"provider": scripted_model("a", late), "max_retries": 0},
        {"provider": scripted_model("b1", "b2")},
    ]
    asker = OpenAIWrapper(config_list=listed, routing_method="round_robin")
    answers = [asker.create(messages=HI) for _ in range(2)]
    assert [(one.config_id, one.choices[0].message.content) for one in answers] == [(0, "a"), (1, "b1")]
    assert asker.create(messages=HI).config_id == 1  # after the first one


def test_an_entry_wins_over_what_create_is_given() -> None:
    model = scripted_model("one")
    OpenAIWrapper(config_list=[{"provider": model, "temperature": 0}], top_p=0.5).create(
        messages=HI, temperature=1, top_p=1, seed=3
    )
    settings = model.asked[0].settings
    assert (settings.temperature, settings.top_p, settings.seed) == (0, 0.5, 3)
    OpenAIWrapper(provider=scripted_model("alone")).create(messages=HI)


def test_an_answer_that_does_not_pass_goes_to_the_next() -> None:
    def wanted(*, context: Mapping[str, object], response: ChatResponse) -> bool:
        return response.choices[0].message.content == context["wanted"]

    asker = [scripted_model("yes"), scripted_model("no"), scripted_model("maybe")]
    found = wrapper(*asker).create(messages=HI, filter_func=wanted, context={"wanted": "no"})
    assert (found.config_id, found.pass_filter) == (1, True)
    last = wrapper(scripted_model("yes"), scripted_model("no")).create(
        messages=HI, filter_func=wanted, context={"wanted": "x"}
    )
    assert (last.config_id, last.pass_filter) == (1, False)


def test_a_server_is_asked_and_waited_for() -> None:
    with serving(whole(said())) as server:
        asker = OpenAIWrapper(model="m", base_url=server.url, api_key="k-0123456789")
        assert asker.create(messages=HI).choices[0].message.content == "hello"
        assert server.asked[0].json["messages"] == [{"role": "user", "name": "user", "content": "hi"}]


def test_clients_of_ones_own_are_registered_by_name() -> None:
    asker = OpenAIWrapper(config_list=[{"model": "m", "model_client_cls": "Mine"}])
    with pytest.raises(RuntimeError, match="'Mine' is not registered"):
        asker.create(messages=HI)
    asker.register_model_client(Mine, answers=("registered",))
    response = asker.create(messages=HI)
    assert (response.choices[0].message.content, response.cost) == ("registered", 0.5)
    with pytest.raises(ValueError, match="model_client_cls='Mine'"):
        wrapper(scripted_model()).register_model_client(Mine)


# --- usage ------------------------------------------------------------------------------------------------------


class Printed(IOStream):
    """A stream that keeps what is printed."""

    def __init__(self) -> None:
        self.text = StringIO()

    def print(self, *objects: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        self.text.write(sep.join(map(str, objects)) + end)

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        raise EOFError(prompt)


def summaries(asker: OpenAIWrapper) -> list[dict[str, object] | None]:
    return [asker.actual_usage_summary, asker.total_usage_summary]


def test_usage_is_summed_by_model() -> None:
    asker = wrapper(scripted_model(reply(), reply(), reply(cached=True)), price=1)
    assert summaries(asker) == [None, None]
    for _ in range(3):
        asker.create(messages=HI)
    paid = {"cost": 0.03, "prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
    every = {"cost": 0.045, "prompt_tokens": 30, "completion_tokens": 15, "total_tokens": 45}
    assert summaries(asker) == [{"total_cost": 0.03, "m-1": paid}, {"total_cost": 0.045, "m-1": every}]


def test_usage_is_printed() -> None:
    asker = wrapper(scripted_model(reply(), reply(), reply(cached=True), reply(cached=True)), price=1)
    stream = Printed()
    with IOStream.set_default(stream):
        for _ in range(2):
            asker.create(messages=HI)
        asker.print_usage_summary()
        asker.create(messages=HI)
        asker.print_usage_summary(["actual", "total"])
        asker.clear_usage_summary()
        asker.print_usage_summary("total")
        asker.create(messages=HI)
        asker.print_usage_summary("actual")
    paid = "* Model 'm-1': cost: 0.03, prompt_tokens: 20, completion_tokens: 10, total_tokens: 30"
    every = "* Model 'm-1': cost: 0.045, prompt_tokens: 30, completion_tokens: 15, total_tokens: 45"
    same = (
        "All completions are non-cached: the total cost with cached completions is the same as actual cost."
    )
    rule, excluding = "-" * 100, "Usage summary excluding cached usage: "
    assert stream.text.getvalue().splitlines() == [
        *(rule, excluding, "Total cost: 0.03", paid, "", same, rule),
        *(rule, excluding, "Total cost: 0.03", paid, ""),
        *("Usage summary including cached usage: ", "Total cost: 0.045", every, rule),
        'No usage summary. Please call "create" first.',
        *(rule, "No actual cost incurred (all completions are using cache).", rule),
    ]
    with pytest.raises(ValueError, match="mode is 'actual', 'total' or both; found 'all'"):
        asker.print_usage_summary("all")
    with pytest.raises(ValueError, match=r"found \[\]"):
        asker.print_usage_summary([])


@pytest.mark.parametrize("gone", [Completion, ChatCompletion])
def test_what_was_before_names_what_is_now(gone: type[Completion]) -> None:
    with pytest.raises(ConfigError, match=f"{gone.__name__}.create is gone; use OpenAIWrapper"):
        gone.create(model="m")
