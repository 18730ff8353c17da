"""Chats that go on by themselves: their events, their human, what they come to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.autogen.ag2.patterns_for_tests import calls, thinker
from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import speaker, speakers
from typedagents.autogen import ConversableAgent, using
from typedagents.autogen.agentchat import a_run_group_chat, run_group_chat
from typedagents.autogen.agentchat.group import AgentTarget, ContextVariables
from typedagents.autogen.agentchat.group.patterns import DefaultPattern
from typedagents.autogen.events import (
    AsyncInputRequestEvent,
    ExecutedFunctionEvent,
    ExecuteFunctionEvent,
    GenerateCodeExecutionReplyEvent,
    GroupChatRunChatEvent,
    InputRequestEvent,
    PrintEvent,
    RunCompletionEvent,
    StreamEvent,
    TerminationEvent,
    TextEvent,
    ToolCallEvent,
)
from typedagents.autogen.io import IOStream
from typedagents.autogen.io.run_response import AsyncRunResponse, RunResponse
from typedagents.autogen.tools import tool
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_executor, scripted_model


@pytest.fixture(autouse=True)
def console() -> Iterator[Typing]:
    out = Typing()
    with using(store=TraceMemory()), IOStream.set_default(out):
        yield out


def kinds(response: RunResponse) -> list[str]:
    return [event.type for event in response.events]


@tool(description="Adds.")
def add(a: int, b: int) -> int:
    return a + b


def test_a_run_tells_what_happens_and_what_it_came_to() -> None:
    agent = thinker("agent")
    with using(models=scripted_model(calls("add", a=1, b=2), "It is 3. TERMINATE")):
        response = agent.run("What is 1 + 2?", tools=add, user_input=False)
        events = list(response.events)
    assert [event.type for event in events if not isinstance(event, StreamEvent)] == [
        "text",
        "tool_call",
        "execute_function",
        "executed_function",
        "tool_response",
        "text",
        "termination",
        "run_completion",
    ]
    words, call, begun, done = [event for event in events if not isinstance(event, StreamEvent)][:4]
    assert isinstance(words, TextEvent)
    assert (words.content.sender, words.content.content) == ("user", "What is 1 + 2?")
    assert isinstance(call, ToolCallEvent)
    assert call.content.tool_calls[0]["id"] == "c1"
    assert isinstance(begun, ExecuteFunctionEvent)
    assert (begun.content.func_name, begun.content.arguments) == ("add", {"a": 1, "b": 2})
    assert isinstance(done, ExecutedFunctionEvent)
    assert (done.content.content, done.content.is_exec_success) == ("3", True)
    assert isinstance(events[-2], TerminationEvent)
    assert isinstance(events[-1], RunCompletionEvent)
    assert response.summary == "It is 3. "
    assert (response.last_speaker, len(response.messages), response.chat_history) == (
        "agent",
        4,
        response.messages,
    )
    assert response.cost is not None
    assert response.context_variables == ContextVariables()
    assert list(response.events) == []
    assert agent.tools == []


def test_a_run_is_shown_at_the_console_where_its_human_answers(console: Typing) -> None:
    agent = speaker("agent", "What else?")
    console.lines = ["one thing", "exit"]
    response = agent.run("hello")
    assert (response.summary, response.last_speaker, response.cost) == (None, None, None)
    assert (response.messages, response.context_variables) == ((), None)
    response.process()
    assert response.summary == "What else?"
    assert [one["content"] for one in response.messages] == ["hello", "What else?", "one thing", "What else?"]
    assert "agent (to user):\n\nWhat else?" in console.printed
    assert len(console.asked) == 2


def test_what_is_asked_is_an_event() -> None:
    agent = speaker("agent", "What else?")
    asked: list[str] = []
    response = agent.run("hello", summary_method=None)
    for event in response.events:
        if isinstance(event, InputRequestEvent):
            asked.append(event.content.prompt)
            event.content.respond("exit")
    assert len(asked) == 1
    assert response.summary == ""


def test_what_a_program_prints_is_an_event(console: Typing) -> None:
    def said(content: str) -> str:
        IOStream.get_default().print("seen", content)
        return content

    agent = speaker("agent")
    agent.register_hook("process_last_received_message", said)
    response = agent.run("hello", max_turns=1, user_input=False)
    assert [event.content.objects for event in response.events if isinstance(event, PrintEvent)] == [
        ["seen", "hello"]
    ]
    assert console.printed == ""
    with pytest.raises(ValueError, match="msg_to is 'agent' or 'user'"):
        agent.run("hello", msg_to="nobody")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # what a program does wrong


def test_the_agent_may_begin_and_another_may_be_named() -> None:
    agent, other = speaker("agent"), speaker("other")
    response = agent.run(
        "hello", msg_to="user", max_turns=1, user_input=False, executor_kwargs={"default_auto_reply": "yes"}
    )
    assert kinds(response) == ["text", "text", "termination", "run_completion"]
    assert [one["name"] for one in response.messages] == ["agent", "user"]
    response = agent.run("hello", recipient=other, max_turns=1)
    response.process()
    assert (response.summary, response.last_speaker) == ("This is other.", "other")
    response = agent.run("hello", recipient=other, max_turns=0, clear_history=True)
    response.process()
    assert response.messages == []


def test_what_a_run_fails_by_is_raised_where_it_is_followed() -> None:
    def fails(recipient: object, messages: object, sender: object, config: object) -> tuple[bool, str]:
        raise LookupError("not there")

    agent = speaker("agent")
    agent.register_reply([ConversableAgent], fails)
    response = agent.run("hello", user_input=False)
    with pytest.raises(LookupError, match="not there"):
        list(response.events)
    assert list(response.events) == []

    async def main() -> None:
        response = await agent.a_run("hello", user_input=False)
        with pytest.raises(LookupError, match="not there"):
            await response.process()

    asyncio.run(main())


def test_code_and_functions_of_the_older_kind_are_events() -> None:
    executor = speaker("executor", code_execution_config={"use_docker": False})
    writer = speaker("writer", "```python\nprint(1)\n```")
    with using(executor=scripted_executor("1")):
        response = writer.run("Go on.", recipient=executor, max_turns=1)
        assert kinds(response) == ["text", "text", "termination", "run_completion"]
        response = executor.run("Go on.", recipient=writer, max_turns=2)
        ran = [one.content for one in response.events if isinstance(one, GenerateCodeExecutionReplyEvent)]
    assert [(one.code_blocks, one.recipient) for one in ran] == [(["print(1)"], "executor")]
    agent = thinker("agent")
    user = ConversableAgent("user", human_input_mode="NEVER", function_map={"add": add.func})
    call = {"function_call": {"name": "add", "arguments": "1"}, "content": None}
    response = agent.run(call, recipient=user, max_turns=1)
    assert kinds(response) == [
        "function_call",
        "execute_function",
        "executed_function",
        "function_response",
        "termination",
        "run_completion",
    ]


# --- in an event loop, and groups -------------------------------------------------------------------------------


def test_a_run_in_an_event_loop(console: Typing) -> None:
    agent = speaker("agent", "What else?")
    console.lines = ["one thing", "exit"]

    async def main() -> None:
        response = await agent.a_run("hello")
        assert await response.summary is None
        await response.process()
        assert await response.summary == "What else?"
        assert (await response.last_speaker, len(await response.messages)) == ("agent", 4)
        assert await response.chat_history == await response.messages
        assert await response.cost is not None
        assert await response.context_variables == ContextVariables()
        await answered(await agent.a_run("hello", max_turns=2))

    async def answered(response: AsyncRunResponse) -> None:
        async for event in response.events:
            if isinstance(event, AsyncInputRequestEvent):
                await event.content.respond("exit")

    asyncio.run(main())
    assert "one thing" in console.printed


def test_a_group_chat_is_followed(console: Typing) -> None:
    a, b = speakers("a", "b")
    a.handoffs.set_after_work(AgentTarget(b))
    response = run_group_chat(
        DefaultPattern(a, [a, b], context_variables=ContextVariables({"n": 1})), "start"
    )
    said = [event.content.speaker for event in response.events if isinstance(event, GroupChatRunChatEvent)]
    assert said == ["a", "b"]
    assert (response.last_speaker, response.summary) == ("b", "This is b.")
    assert response.context_variables == ContextVariables({"n": 1})

    async def main() -> None:
        response = await a_run_group_chat(DefaultPattern(a, [a, b]), "start")
        await response.process()
        assert await response.last_speaker == "b"

    asyncio.run(main())
    assert "Next speaker: b" in console.printed


def test_a_group_that_is_empty_is_followed_to_its_end() -> None:
    a, b = speakers("a", "b")
    response = run_group_chat(DefaultPattern(a, [a, b]), "start", 0)
    response.process()
    assert (response.last_speaker, response.messages) == (None, [])


def test_tools_are_told_of_while_a_run_goes_on() -> None:
    agent, other = thinker("agent"), speaker("other")
    with using(models=scripted_model("hello")):
        response = agent.run("hello", recipient=other, max_turns=0)
        response.set_ui_tools([add])
        response.process()
    assert [one.name for one in agent.tools] == ["add"]


def test_a_run_calls_the_tools_that_its_agent_has() -> None:
    agent = thinker("agent")
    add.register_for_llm(agent)
    for tools in (None, [add]):
        with using(models=scripted_model(calls("add", a=1, b=2), "It is 3. TERMINATE")):
            response = agent.run("1 + 2?", tools=tools, user_input=False)
            response.process()
        assert [one["content"] for one in response.messages] == ["1 + 2?", None, "3", "It is 3. TERMINATE"]
        assert agent.tools == [add]
