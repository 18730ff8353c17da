"""Tools as objects, and what functions are given beside the arguments of a model."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest

from tests.autogen.ag2.patterns_for_tests import MODEL, calls, thinker, told
from tests.autogen.groups_for_tests import speaker
from typedagents.autogen import ConversableAgent, using
from typedagents.autogen.agentchat import initiate_group_chat
from typedagents.autogen.agentchat.group import ContextVariables
from typedagents.autogen.agentchat.group.patterns import DefaultPattern
from typedagents.autogen.tools import BaseContext, ChatContext, Depends, Field, Tool, Toolkit, tool
from typedagents.autogen.tools.dependency_injection import on
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model


class Account(BaseContext):
    def __init__(self, name: str) -> None:
        self.name = name


ANN = Account("Ann")


async def later_ann() -> str:
    return "Ann"


def pay(
    amount: Annotated[int, Field("How much.")],
    account: Annotated[Account, Depends(ANN)],
    rate: Annotated[float, Depends(on(2.0))],
    chat: ChatContext | None = None,
    context_variables: ContextVariables | None = None,
) -> str:
    """Pays."""
    said = None if chat is None or not chat.chat_messages else chat.last_message
    paid = 0 if context_variables is None else len(context_variables)
    return f"{account.name} {amount * rate} {said and said['content']} {paid}"


SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "integer", "description": "How much."}},
    "required": ["amount"],
}


def test_a_tool_says_what_a_model_is_told() -> None:
    made = Tool(func_or_tool=pay)
    assert (made.name, made.description, made.func) == ("pay", "Pays.", pay)
    assert made.tool_schema == {
        "type": "function",
        "function": {"name": "pay", "description": "Pays.", "parameters": SCHEMA},
    }
    assert made.realtime_tool_schema == {"type": "function", **made.function_schema}
    other = Tool(name="other", func_or_tool=made)
    assert (other.name, other.description, other.func) == ("other", "Pays.", pay)
    assert Field("How much.").description == "How much."


def test_a_function_becomes_a_tool() -> None:
    @tool(description="Adds.")
    def add(a: int, b: int) -> int:
        return a + b

    assert (add.name, add.description, add(1, 2)) == ("add", "Adds.", 3)
    plain = Tool(func_or_tool=lambda: 3, name="three")
    assert plain.description == "three"
    with pytest.raises(TypeError, match="a function or a tool; found 3"):
        Tool(func_or_tool=3)  # type: ignore[arg-type]  # what a program does wrong
    with pytest.raises(ValueError, match="Depends takes"):
        Depends(3)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # what a program does wrong


def test_agents_are_told_of_tools_and_call_them() -> None:
    agent, caller = thinker("a"), ConversableAgent("caller", human_input_mode="NEVER")
    made = Tool(func_or_tool=pay, parameters_json_schema=SCHEMA)
    made.register_tool(agent)
    made.register_for_execution(caller)
    assert agent.tools == [made]
    assert agent.llm_config
    assert agent.llm_config["tools"] == [made.tool_schema]
    assert made.function_schema == {"name": "pay", "description": "Pays.", "parameters": SCHEMA}
    assert (
        caller.execute_function({"name": "pay", "arguments": '{"amount": 3}'})[1]["content"]
        == "Ann 6.0 None 0"
    )
    agent.remove_tool_for_llm(made)
    assert agent.tools == []
    made.register_for_llm(agent)
    caller.context_variables["a"] = 1
    with using(models=scripted_model(calls("pay", amount=3), "done"), store=TraceMemory()):
        result = caller.initiate_chat(agent, message="hello", max_turns=2, silent=True)
    assert result.chat_history[2]["content"] == "Ann 6.0 None 1"


def test_an_agents_tools_are_those_that_it_was_told_of() -> None:
    agent, caller = thinker("a"), ConversableAgent("caller", human_input_mode="NEVER")
    made = Tool(func_or_tool=pay)

    @agent.register_for_llm(name="plus", description="Adds.")
    def add(a: int, b: int) -> int:
        return a + b

    agent.register_for_llm(name="refund", description="Pays back.")(made)
    caller.register_for_execution(name="refund")(made)
    assert [(one.name, one.description, one.func) for one in agent.tools] == [
        ("plus", "Adds.", add),
        ("refund", "Pays back.", pay),
    ]
    assert made.name == "pay"
    assert list(caller.function_map) == ["refund"]
    agent.tools.clear()  # it is a copy
    agent.remove_tool_for_llm(add)
    agent.update_tool_signature("refund", is_remove=True)
    assert agent.tools == []
    with pytest.raises(AssertionError, match="not told of 'add'"):
        agent.remove_tool_for_llm(add)


def test_async_functions_are_given_what_has_to_be_awaited() -> None:
    async def ask(
        question: str, who: Annotated[str, Depends(later_ann)], how: str = Depends(on("well"))
    ) -> str:
        return f"{who} {question} {how}"

    agent = ConversableAgent(
        "a", human_input_mode="NEVER", functions=[Tool(func_or_tool=ask)], llm_config=MODEL
    )
    came = asyncio.run(agent.a_execute_function({"name": "ask", "arguments": '{"question": "why"}'}))
    assert came == (True, {"name": "ask", "role": "function", "content": "Ann why well"})
    assert list(agent.tools[0].function_schema["parameters"]["properties"]) == ["question"]


def test_functions_of_a_group_share_its_variables() -> None:
    a, b = thinker("a"), speaker("b")

    def note(text: str, context_variables: ContextVariables, chat: ChatContext) -> str:
        context_variables["note"] = text
        return f"noted {len(chat.chat_messages)}"

    Tool(func_or_tool=note, description="Notes.").register_for_llm(a)
    with using(models={"a": scripted_model(calls("note", text="it"), "done")}, store=TraceMemory()):
        result, variables, _ = initiate_group_chat(DefaultPattern(a, [a, b]), "start")
    assert variables.data == {"note": "it"}
    assert told(result)[-1] == ("a", "done")


def test_tools_are_kept_together() -> None:
    kit = Toolkit([Tool(func_or_tool=pay)])
    agent = thinker("a")
    kit.register_for_llm(agent)
    kit.register_for_execution(agent)
    assert agent.can_execute_function("pay")
    assert [one.name for one in kit.tools] == ["pay"]
    kit.set_tool(Tool(func_or_tool=pay, name="other"))
    assert (len(kit), kit.get_tool("other").name) == (2, "other")
    kit.remove_tool("pay")
    with pytest.raises(ValueError, match="no tool 'pay' in the toolkit; there are: other"):
        kit.get_tool("pay")
