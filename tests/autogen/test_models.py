"""A configuration as a provider: with what it is asked, and in which order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.autogen.asking import REQUEST, USED, ask, entry, failed
from tests.providers.loopback import Loopback, refusing, said, serving, whole
from typedagents.autogen import ConversableAgent, using
from typedagents.autogen.layer.models import InTurn, provider_of
from typedagents.autogen.layer.sampling import output_of, tools_of
from typedagents.core.errors import ProviderError
from typedagents.core.model import CallModel, ModelReply, Settings, ToolSpec
from typedagents.core.parts import Text
from typedagents.providers.configuration.options import dicts_in, flag_in, number_in, text_in, whole_in
from typedagents.providers.configuration.sampling import settings_of
from typedagents.testing import scripted_model


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


# --- with what --------------------------------------------------------------------------------------------------


def test_options_of_a_call_are_settings() -> None:
    settings = settings_of(
        {
            "model": "m",
            "temperature": 0,
            "top_p": 0.5,
            "max_completion_tokens": 9,
            "seed": 3,
            "stop": "END",
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "parallel_tool_calls": False,
            "reasoning_effort": "low",
            "frequency_penalty": 1,
            "user": None,
            "cache_seed": 42,
            "tags": ["x"],
        }
    )
    assert settings == Settings(
        temperature=0,
        top_p=0.5,
        max_tokens=9,
        seed=3,
        stop=("END",),
        tool_choice="f",
        parallel_tool_calls=False,
        reasoning_effort="low",
        extra=(("frequency_penalty", "1"),),
    )
    assert settings_of({"stop": ["a", "b"], "tool_choice": "auto"}) == Settings(
        stop=("a", "b"), tool_choice="auto"
    )


@dataclass
class Answer:
    number: int


def test_response_formats_are_outputs() -> None:
    assert output_of({}) is None
    assert output_of({"response_format": {"type": "text"}}) is None
    made = output_of({"response_format": Answer})
    assert made is not None
    assert (made.name, made.strict) == ("Answer", True)
    assert json.loads(made.schema)["required"] == ["number"]
    given = {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True},
    }
    told = output_of({"response_format": given})
    assert told is not None
    assert (told.name, told.strict, json.loads(told.schema)) == ("n", True, {"type": "object"})
    loose = output_of({"response_format": {"type": "json_object"}})
    assert loose is not None
    assert not loose.strict


def test_tools_and_functions_are_told() -> None:
    function = {"name": "f", "description": "does", "parameters": {"type": "object", "properties": {}}}
    spec = ToolSpec("f", "does", '{"type":"object","properties":{}}')
    assert tools_of({"functions": [function]}) == (spec,)
    assert tools_of({"tools": [{"type": "function", "function": function}]}) == (spec,)
    assert tools_of({"functions": [{"name": "g"}]})[0].parameters == '{"type":"object","properties":{}}'
    with pytest.raises(ValueError, match="an item of tools"):
        tools_of({"tools": [function]})
    with pytest.raises(ValueError, match="has a name"):
        tools_of({"functions": [{}]})


def test_options_are_of_their_types() -> None:
    options: dict[str, object] = {"a": "x", "b": True, "n": 3, "e": ""}
    assert text_in(options, "e", "a") == "x"
    assert (number_in(options, "n"), whole_in(options, "n"), flag_in(options, "b")) == (3.0, 3, True)
    assert (text_in(options, "z"), number_in(options, "z"), flag_in(options, "z")) == (None, None, None)
    assert dicts_in(options, "z") == []
    with pytest.raises(ValueError, match="b is a number"):
        number_in(options, "b")


def test_an_entry_wins_over_the_configuration_and_a_request_over_both() -> None:
    model = scripted_model("one", "two")
    config = {
        "temperature": 1,
        "max_tokens": 5,
        "response_format": Answer,
        "config_list": [{"provider": model, "temperature": 0}],
    }
    provider = provider_of(config)
    ask(provider)
    ask(provider, CallModel(REQUEST.transcript, "me", settings=Settings(temperature=0.5)))
    first, second = (asked.settings for asked in model.asked)
    assert (first.temperature, first.max_tokens) == (0, 5)
    assert second.temperature == 0.5
    assert model.asked[0].output is not None


def test_a_price_is_for_a_thousand_tokens() -> None:
    assert ask(provider_of(entry(USED, price=[0.01, 0.03]))).cost_usd == Decimal("0.025")
    assert ask(provider_of(entry(USED, price=1))).cost_usd == Decimal("1.5")
    assert ask(provider_of(entry(USED))).cost_usd is None
    unmetered = ModelReply((Text("x"),))
    assert ask(provider_of(entry(unmetered, price=1))).cost_usd is None


# --- in which order ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("awaited", [False, True])
def test_each_call_begins_with_the_next_one_where_that_is_wanted(awaited: object) -> None:
    listed = [
        entry("a1", "a2", awaited=awaited),
        entry(failed("timeout"), failed("timeout"), awaited=awaited),
        entry("c1", "c2", "c3", awaited=awaited),
    ]
    provider = provider_of({"config_list": listed, "routing_method": "round_robin"})
    assert [ask(provider).text for _ in range(5)] == ["a1", "c1", "c2", "a2", "c3"]
    fixed = provider_of({"config_list": [entry("a", "b"), entry("c")], "routing_method": "fixed_order"})
    assert [ask(fixed).text for _ in range(2)] == ["a", "b"]
    with pytest.raises(ValueError, match="routing_method is 'fixed_order' or 'round_robin'; found 'random'"):
        provider_of({"model": "m", "routing_method": "random"})


def test_agents_ask_the_next_one_in_their_next_chat() -> None:
    routed = {"config_list": [entry("a"), entry("b")], "routing_method": "round_robin"}
    agent = ConversableAgent("agent", llm_config=routed)
    with using(store=None):
        assert [agent.generate_reply([{"content": "hi"}]) for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("awaited", [False, True])
def test_the_next_is_asked_where_one_fails(awaited: object) -> None:
    listed = [
        entry(failed("rate_limit"), awaited=awaited),
        entry(failed("timeout"), awaited=awaited),
        entry("third", awaited=awaited),
        entry(awaited=awaited),
    ]
    provider = provider_of({"config_list": listed})
    assert isinstance(provider, InTurn)
    assert ask(provider).text == "third"


@pytest.mark.parametrize("awaited", [False, True])
def test_the_last_failure_tells_of_all(awaited: object) -> None:
    listed = [entry(failed(kind), awaited=awaited) for kind in ("auth", "server", "timeout")]
    with pytest.raises(ProviderError) as caught:
        ask(provider_of({"config_list": listed}))
    assert caught.value.kind == "timeout"
    assert (
        caught.value.text
        == "timeout: it failed; before that, server: it failed; before that, auth: it failed"
    )


@pytest.mark.parametrize("awaited", [False, True])
def test_what_one_refuses_to_hear_is_not_told_to_another(awaited: object) -> None:
    second = scripted_model("never")
    listed = [entry(failed("content_filter"), awaited=awaited), {"provider": second}]
    with pytest.raises(ProviderError, match="content_filter"):
        ask(provider_of({"config_list": listed}))
    assert second.asked == ()


def test_a_later_one_that_answers_at_once_or_refuses() -> None:
    listed = [entry(failed("auth"), awaited=True), entry("at once")]
    assert ask(provider_of({"config_list": listed})).text == "at once"
    listed = [
        entry(failed("auth"), awaited=True),
        entry(failed("content_filter"), awaited=True),
        entry("never"),
    ]
    with pytest.raises(ProviderError, match="content_filter"):
        ask(provider_of({"config_list": listed}))


NOW = "retry-after: 0\r\n"


def test_passing_troubles_are_met_with_another_try() -> None:
    busy = whole({"error": {"message": "busy"}}, status="429 Too Many Requests", more=NOW)
    with serving(busy, busy, whole(said("at last"))) as server:
        config = {"model": "m", "base_url": server.url, "api_key": "k-0123456789"}
        assert ask(provider_of(config)).text == "at last"
        assert len(server.asked) == 3


def test_other_troubles_are_not_and_tries_have_an_end() -> None:
    with serving(refusing("no such model", "404 Not Found")) as server:
        config = {"model": "m", "base_url": server.url, "api_key": "k-0123456789"}
        with pytest.raises(ProviderError, match="no such model"):
            ask(provider_of(config))
        assert len(server.asked) == 1
    busy = whole({"error": {"message": "busy"}}, status="429 Too Many Requests", more=NOW)
    with serving(busy) as server, pytest.raises(ProviderError, match="busy"):
        ask(provider_of({"model": "m", "base_url": server.url, "api_key": "k-0123456789", "max_retries": 1}))
    assert len(server.asked) == 2


def test_the_entries_of_a_list_reach_their_servers() -> None:
    with (
        serving(refusing("wrong key", "401 Unauthorized")) as first,
        serving(whole(said("second"))) as second,
    ):

        def listed(server: Loopback, model: str) -> dict[str, object]:
            return {"model": model, "base_url": server.url, "api_key": f"key-of-{model}-0123456789"}

        config = {"config_list": [listed(first, "a"), listed(second, "b")], "temperature": 0, "max_tokens": 7}
        assert ask(provider_of(config)).text == "second"
        assert second.asked[0].json["model"] == "b"
        assert (second.asked[0].json["temperature"], second.asked[0].json["max_tokens"]) == (0, 7)
        assert first.asked[0].headers["authorization"] == "Bearer key-of-a-0123456789"
