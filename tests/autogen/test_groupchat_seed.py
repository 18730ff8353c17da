"""The group chat of AutoGen's page on async function calls, as written but for the import: it ends by what a tool says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated

import pytest

from tests.autogen.test_seed_functions import call, timers
from typedagents import autogen
from typedagents.autogen import Cache, ChatResult, replaying, using
from typedagents.core.stop import RuleFired
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model

RULE = "-" * 80
SECONDS = '{"num_seconds": "5"}'
DONE = "Both timer and stopwatch have completed their countdowns. The group chat is now being terminated."

CONSOLE = f"""\
user_proxy (to chat_manager):


1) Create a timer and a stopwatch for 5 seconds each in parallel.
2) Pretty print the result as md.
3) when 1 and 2 are done, terminate the group chat


{RULE}

Next speaker: chatbot

chatbot (to chat_manager):

***** Suggested tool call (call_1): timer *****
Arguments: 
{SECONDS}
***********************************************
***** Suggested tool call (call_2): stopwatch *****
Arguments: 
{SECONDS}
***************************************************

{RULE}

Next speaker: user_proxy


>>>>>>>> EXECUTING ASYNC FUNCTION timer...

>>>>>>>> EXECUTING ASYNC FUNCTION stopwatch...
user_proxy (to chat_manager):

user_proxy (to chat_manager):

***** Response from calling tool (call_1) *****
Timer is done!
***********************************************

{RULE}
user_proxy (to chat_manager):

***** Response from calling tool (call_2) *****
Stopwatch is done!
***********************************************

{RULE}

Next speaker: Markdown_agent

Markdown_agent (to chat_manager):

***** Suggested tool call (call_3): terminate_group_chat *****
Arguments: 
{{"message": "{DONE}"}}
**************************************************************

{RULE}

Next speaker: user_proxy


>>>>>>>> EXECUTING ASYNC FUNCTION terminate_group_chat...
user_proxy (to chat_manager):

user_proxy (to chat_manager):

***** Response from calling tool (call_3) *****
[GROUPCHAT_TERMINATE] {DONE}
***********************************************

{RULE}
"""  # noqa: W291  # as AutoGen prints it


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OAI_CONFIG_LIST", '[{"model": "gpt-4", "api_key": "sk-none", "tags": ["tool"]}]')
    with using(store=TraceMemory()):
        yield


def program(said: list[str]) -> ChatResult:
    coder, user_proxy = timers()
    assert coder.llm_config
    llm_config = {key: value for key, value in coder.llm_config.items() if key != "tools"}
    markdownagent = autogen.AssistantAgent(
        name="Markdown_agent",
        system_message="Respond in markdown only",
        llm_config=llm_config,
    )

    # Add a function for robust group chat termination
    @user_proxy.register_for_execution()
    @markdownagent.register_for_llm()
    @coder.register_for_llm(description="terminate the group chat")
    def terminate_group_chat(message: Annotated[str, "Message to be sent to the group chat."]) -> str:
        said.append(message)
        return f"[GROUPCHAT_TERMINATE] {message}"

    groupchat = autogen.GroupChat(agents=[user_proxy, coder, markdownagent], messages=[], max_round=12)

    llm_config_manager = llm_config.copy()
    llm_config_manager.pop("functions", None)
    llm_config_manager.pop("tools", None)

    manager = autogen.GroupChatManager(
        groupchat=groupchat,
        llm_config=llm_config_manager,
        is_termination_msg=lambda x: "GROUPCHAT_TERMINATE" in x.get("content", ""),
    )

    message = """
1) Create a timer and a stopwatch for 5 seconds each in parallel.
2) Pretty print the result as md.
3) when 1 and 2 are done, terminate the group chat
"""

    async def cell() -> ChatResult:
        with Cache.disk() as cache:
            return await user_proxy.a_initiate_chat(
                manager,
                message=message,
                cache=cache,
            )

    return asyncio.run(cell())


def test_the_group_chat_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    models = {
        "chatbot": scripted_model((call("call_1", "timer", SECONDS), call("call_2", "stopwatch", SECONDS))),
        "Markdown_agent": scripted_model(call("call_3", "terminate_group_chat", f'{{"message": "{DONE}"}}')),
        "chat_manager": scripted_model("chatbot", "Markdown_agent"),
    }
    said: list[str] = []
    with using(models=models, name="page"):
        result = program(said)
    assert capsys.readouterr().out == CONSOLE
    assert said == [DONE]
    assert result.stop_reason == RuleFired("is_termination_msg of chat_manager holds")
    assert result.summary == f"[GROUPCHAT_] {DONE}"
    assert len(result.chat_history) == 5
    # The manager's model sees the calls answered, and each agent's own tools only.
    assert {tool.name for tool in models["Markdown_agent"].asked[0].tools} == {"terminate_group_chat"}
    with replaying("page"):
        assert program(said).chat_history == result.chat_history
    assert capsys.readouterr().out == CONSOLE
    assert said == [DONE]
