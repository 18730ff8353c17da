"""A tool called by the embedded model, from its schema to the answer that uses the result."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest

from typedagents import (
    Agent,
    Limits,
    Settings,
    TraceMemory,
    World,
    chat,
    group,
    model_reply,
    passes,
    tool_loop,
    user_proxy,
    with_models,
    with_tools,
)
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.policies.recipes import assistant
from typedagents.providers.local import LocalModel
from typedagents.tools import tool, toolset

pytestmark = pytest.mark.local_llm

Currency = Literal["USD", "EUR"]
PROMPT = "You convert currencies. Call currency_calculator for every conversion. Then say what it returned."
SETTINGS = Settings(temperature=0.0, seed=1, max_tokens=120)


@tool(description="Currency exchange calculator.")
def currency_calculator(
    base_amount: Annotated[float, "Amount of currency in base_currency"],
    base_currency: Annotated[Currency, "Base currency"] = "USD",
    quote_currency: Annotated[Currency, "Quote currency"] = "EUR",
) -> str:
    rates = {"USD": 1.0, "EUR": 1.1}
    return f"{base_amount * rates[base_currency] / rates[quote_currency]:.2f} {quote_currency}"


TOOLS = toolset(currency_calculator)
QUESTION = "How much is 123.45 USD in EUR?"


def test_the_model_calls_a_tool_and_uses_what_it_returned(local_model: LocalModel) -> None:
    world = World(with_models(local_model) | with_tools(TOOLS), store=TraceMemory())
    policy = tool_loop(model_reply("", PROMPT, settings=SETTINGS, tools=TOOLS), TOOLS)
    team = group(
        Agent("user", passes), Agent("bot", policy), limits=Limits(max_decisions=1, max_model_calls=4)
    )
    outcome = world.run_sync(team, QUESTION, name="r")

    parts = [part for message in outcome.transcript for part in message.parts]
    assert any(isinstance(part, ToolCall) and part.name == "currency_calculator" for part in parts)
    assert any(isinstance(part, ToolResult) and part.text == "112.23 EUR" for part in parts)
    assert "112.23" in outcome.summary
    assert world.replay(team, "r") == outcome


def test_one_agent_is_told_of_the_tool_and_another_runs_it(local_model: LocalModel) -> None:
    world = World(with_models(local_model) | with_tools(TOOLS), store=None)
    bot = assistant("bot", instructions=PROMPT, settings=SETTINGS, tells=TOOLS)
    team = chat(user_proxy("user", "never", code=None, runs=TOOLS), bot, limits=Limits(max_decisions=3))
    outcome = world.run_sync(team, QUESTION)

    assert [message.sender for message in outcome.transcript][:3] == ["user", "bot", "user"]
    assert outcome.transcript[2].text == "112.23 EUR"
