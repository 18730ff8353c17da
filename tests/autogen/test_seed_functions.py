"""The programs of AutoGen's pages on functions, as written but for the import, with a model that says its lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Annotated, Literal

import pytest

from tests.autogen.models_for_tests import Currency
from tests.tools.calculators import CALCULATOR, CALCULATOR_OF_MODELS
from typedagents import autogen
from typedagents.autogen import using
from typedagents.core.parts import ToolCall
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import ScriptedModel, calling, scripted_model

RULE = "-" * 80


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    entry = {"model": "gpt-4", "api_key": "sk-none", "tags": ["tool"]}
    monkeypatch.setenv("OAI_CONFIG_LIST", json.dumps([entry]))
    with using(store=TraceMemory()):
        yield


def call(call_id: str, name: str, arguments: str) -> ToolCall:
    return ToolCall(call_id, name, arguments)


# --- timer and stopwatch ----------------------------------------------------------------------------------------


def timers() -> tuple[autogen.AssistantAgent, autogen.UserProxyAgent]:
    config_list = autogen.config_list_from_json(env_or_file="OAI_CONFIG_LIST", filter_dict={"tags": ["tool"]})
    llm_config = {
        "config_list": config_list,
    }
    coder = autogen.AssistantAgent(
        name="chatbot",
        system_message="For coding tasks, only use the functions you have been provided with. You have a stopwatch and a timer, these tools can and should be used in parallel. Reply TERMINATE when the task is done.",
        llm_config=llm_config,
    )
    user_proxy = autogen.UserProxyAgent(
        name="user_proxy",
        system_message="A proxy for the user for executing code.",
        is_termination_msg=lambda x: (
            x.get("content", "") and x.get("content", "").rstrip().endswith("TERMINATE")
        ),
        human_input_mode="NEVER",
        max_consecutive_auto_reply=10,
        code_execution_config={"work_dir": "coding"},
    )

    @user_proxy.register_for_execution()
    @coder.register_for_llm(description="create a timer for N seconds")
    async def timer(num_seconds: Annotated[str, "Number of seconds in the timer."]) -> str:
        for _ in range(int(num_seconds)):
            await asyncio.sleep(0)
        return "Timer is done!"

    def stopwatch(num_seconds: Annotated[str, "Number of seconds in the stopwatch."]) -> str:
        for _ in range(int(num_seconds)):
            pass
        return "Stopwatch is done!"

    autogen.agentchat.register_function(
        stopwatch,
        caller=coder,
        executor=user_proxy,
        description="create a stopwatch for N seconds",
    )
    return coder, user_proxy


TIMERS = f"""\
user_proxy (to chatbot):

Create a timer for 5 seconds and then a stopwatch for 5 seconds.

{RULE}
chatbot (to user_proxy):

***** Suggested tool call (call_1): timer *****
Arguments: 
{{"num_seconds":"5"}}
***********************************************

{RULE}

>>>>>>>> EXECUTING ASYNC FUNCTION timer...
user_proxy (to chatbot):

user_proxy (to chatbot):

***** Response from calling tool (call_1) *****
Timer is done!
***********************************************

{RULE}
chatbot (to user_proxy):

***** Suggested tool call (call_2): stopwatch *****
Arguments: 
{{"num_seconds":"5"}}
***************************************************

{RULE}

>>>>>>>> EXECUTING ASYNC FUNCTION stopwatch...
user_proxy (to chatbot):

user_proxy (to chatbot):

***** Response from calling tool (call_2) *****
Stopwatch is done!
***********************************************

{RULE}
chatbot (to user_proxy):

TERMINATE

{RULE}
"""  # noqa: W291  # as AutoGen prints it


def timer_model() -> ScriptedModel:
    five = '{"num_seconds":"5"}'
    return scripted_model(call("call_1", "timer", five), call("call_2", "stopwatch", five), "TERMINATE")


def test_timer_and_stopwatch_async(capsys: pytest.CaptureFixture[str]) -> None:
    coder, user_proxy = timers()

    async def cell() -> None:
        with autogen.Cache.disk() as cache:
            await user_proxy.a_initiate_chat(
                coder,
                message="Create a timer for 5 seconds and then a stopwatch for 5 seconds.",
                cache=cache,
            )

    with using(models=timer_model()):
        asyncio.run(cell())
    assert capsys.readouterr().out == TIMERS


def test_timer_and_stopwatch_in_a_sync_chat(capsys: pytest.CaptureFixture[str]) -> None:
    coder, user_proxy = timers()
    with using(models=timer_model()):
        result = user_proxy.initiate_chat(
            coder, message="Create a timer for 5 seconds and then a stopwatch for 5 seconds."
        )
    assert capsys.readouterr().out == TIMERS.replace("ASYNC ", "")
    assert result.summary == ""
    assert [one["role"] for one in result.chat_history] == [
        "assistant",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "user",
    ]
    assert result.chat_history[2] == {
        "content": "Timer is done!",
        "tool_responses": [{"tool_call_id": "call_1", "role": "tool", "content": "Timer is done!"}],
        "role": "tool",
        "name": "user_proxy",
    }


def test_both_at_once() -> None:
    coder, user_proxy = timers()
    both = (calling("timer", num_seconds="1"), calling("stopwatch", num_seconds="1"))
    with using(models=scripted_model(both, "TERMINATE")):
        result = user_proxy.initiate_chat(coder, message="Both.", silent=True)
    assert result.chat_history[2]["content"] == "Timer is done!\n\nStopwatch is done!"


# --- the currency calculator ------------------------------------------------------------------------------------

CurrencySymbol = Literal["USD", "EUR"]


def exchange_rate(base_currency: CurrencySymbol, quote_currency: CurrencySymbol) -> float:
    if base_currency == quote_currency:
        return 1.0
    if base_currency == "USD" and quote_currency == "EUR":
        return 1 / 1.1
    if base_currency == "EUR" and quote_currency == "USD":
        return 1.1
    raise ValueError(f"Unknown currencies {base_currency}, {quote_currency}")


def changers() -> tuple[autogen.AssistantAgent, autogen.UserProxyAgent]:
    config_list = autogen.config_list_from_json(
        "OAI_CONFIG_LIST",
        filter_dict={
            "model": ["gpt-4", "gpt-3.5-turbo", "gpt-3.5-turbo-16k"],
        },
    )
    llm_config = {
        "config_list": config_list,
        "timeout": 120,
    }
    chatbot = autogen.AssistantAgent(
        name="chatbot",
        system_message="For currency exchange tasks, only use the functions you have been provided with. Reply TERMINATE when the task is done.",
        llm_config=llm_config,
    )
    user_proxy = autogen.UserProxyAgent(
        name="user_proxy",
        is_termination_msg=lambda x: (
            x.get("content", "") and x.get("content", "").rstrip().endswith("TERMINATE")
        ),
        human_input_mode="NEVER",
        max_consecutive_auto_reply=10,
    )
    return chatbot, user_proxy


PLAIN = [
    {
        "type": "function",
        "function": {
            "description": "Currency exchange calculator.",
            "name": "currency_calculator",
            "parameters": CALCULATOR,
        },
    }
]


def test_the_currency_calculator(capsys: pytest.CaptureFixture[str]) -> None:
    chatbot, user_proxy = changers()

    @user_proxy.register_for_execution()
    @chatbot.register_for_llm(description="Currency exchange calculator.")
    def currency_calculator(
        base_amount: Annotated[float, "Amount of currency in base_currency"],
        base_currency: Annotated[CurrencySymbol, "Base currency"] = "USD",
        quote_currency: Annotated[CurrencySymbol, "Quote currency"] = "EUR",
    ) -> str:
        quote_amount = exchange_rate(base_currency, quote_currency) * base_amount
        return f"{quote_amount} {quote_currency}"

    assert chatbot.llm_config
    assert chatbot.llm_config["tools"] == PLAIN
    arguments = '{"base_amount":123.45,"base_currency":"USD","quote_currency":"EUR"}'
    model = scripted_model(
        call("call_1", "currency_calculator", arguments),
        "123.45 USD is equivalent to approximately 112.23 EUR.\n...\n\nTERMINATE",
    )
    with using(models=model):
        user_proxy.initiate_chat(
            chatbot,
            message="How much is 123.45 USD in EUR?",
        )
    head, foot = "***** Suggested tool call (call_1): currency_calculator *****", "*" * 61
    came, end = "***** Response from calling tool (call_1) *****", "*" * 47
    assert capsys.readouterr().out == (
        f"user_proxy (to chatbot):\n\nHow much is 123.45 USD in EUR?\n\n{RULE}\n"
        f"chatbot (to user_proxy):\n\n{head}\nArguments: \n{arguments}\n{foot}\n\n{RULE}\n"
        "\n>>>>>>>> EXECUTING FUNCTION currency_calculator...\n"
        f"user_proxy (to chatbot):\n\nuser_proxy (to chatbot):\n\n{came}\n112.22727272727272 EUR\n{end}\n\n{RULE}\n"
        "chatbot (to user_proxy):\n\n123.45 USD is equivalent to approximately 112.23 EUR.\n...\n\nTERMINATE\n\n"
        f"{RULE}\n"
    )
    assert model.asked[0].tools[0].name == "currency_calculator"


MODELS = [
    {
        "type": "function",
        "function": {
            "description": "Currency exchange calculator.",
            "name": "currency_calculator",
            "parameters": CALCULATOR_OF_MODELS,
        },
    }
]


def test_the_currency_calculator_with_models() -> None:
    chatbot, user_proxy = changers()

    @user_proxy.register_for_execution()
    @chatbot.register_for_llm(description="Currency exchange calculator.")
    def currency_calculator(
        base: Annotated[Currency, "Base currency: amount and currency symbol"],
        quote_currency: Annotated[CurrencySymbol, "Quote currency symbol"] = "USD",
    ) -> Currency:
        quote_amount = exchange_rate(base.currency, quote_currency) * base.amount
        return Currency(amount=quote_amount, currency=quote_currency)

    assert chatbot.llm_config
    assert chatbot.llm_config["tools"] == MODELS
    model = scripted_model(
        calling("currency_calculator", base={"currency": "EUR", "amount": 10.0}, quote_currency="USD"),
        "TERMINATE",
    )
    with using(models=model):
        result = user_proxy.initiate_chat(chatbot, message="How much is 10 EUR in USD?", silent=True)
    assert result.chat_history[2]["content"] == '{"currency":"USD","amount":11.0}'


def test_what_goes_wrong_is_told_to_the_model() -> None:
    chatbot, user_proxy = changers()

    @user_proxy.register_for_execution()
    @chatbot.register_for_llm(description="Adds 10.")
    def add_num(num: int) -> int:
        if num < 0:
            raise ValueError("too small")
        return num + 10

    model = scripted_model(
        call("1", "add_nun", '{"num": 5}'),
        call("2", "add_num", '{"num": '),
        call("3", "add_num", '{"num": -1}'),
        call("4", "add_num", '{"num": 5}'),
        "TERMINATE",
    )
    with using(models=model):
        result = user_proxy.initiate_chat(chatbot, message="Add.", silent=True)
    contents = [str(one["content"]) for one in result.chat_history if one["role"] == "tool"]
    assert contents[0] == "Error: Function add_nun not found."
    assert contents[1].startswith("Error: ")
    assert contents[1].endswith("The argument must be in JSON format.")
    assert contents[2:] == ["Error: too small", "15"]


def test_functions_of_the_older_kind() -> None:
    told = {"name": "python", "description": "run it", "parameters": {"type": "object", "properties": {}}}
    chatbot = autogen.AssistantAgent("assistant", model="gpt-4", functions=[told])
    user_proxy = autogen.UserProxyAgent("user_proxy", human_input_mode="NEVER", code_execution_config=False)
    user_proxy.register_function(function_map={"python": lambda cell: f"ran {cell}"})
    model = scripted_model(calling("python", cell="1 + 1"), "TERMINATE")
    with using(models=model):
        result = user_proxy.initiate_chat(chatbot, message="Go.", silent=True, max_turns=2)
    assert result.chat_history[1] == {
        "content": None,
        "function_call": {"name": "python", "arguments": '{"cell":"1 + 1"}'},
        "role": "assistant",
    }
    assert result.chat_history[2] == {"content": "ran 1 + 1", "name": "python", "role": "function"}
