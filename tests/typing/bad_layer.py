"""Slips in programs for the familiar API that type checkers find."""

from __future__ import annotations

from typedagents.autogen import AssistantAgent, ConversableAgent, UserProxyAgent, register_function

assistant = AssistantAgent("assistant", llm_config={"model": "gpt-4o"})
user = UserProxyAgent("user", code_execution_config=False)


def add(a: int, b: int) -> int:
    return a + b


async def over(message: object) -> int:
    return 1


AssistantAgent("assistant", llm_config="gpt-4o")  # E
AssistantAgent("assistant", llm_config=True)  # E
AssistantAgent(name=3)  # E
ConversableAgent("user", human_input_mode="SOMETIMES")  # E
ConversableAgent("user", max_consecutive_auto_reply="3")  # E
user.initiate_chat("assistant", message="hi")  # E
user.initiate_chat(assistant, message=3)  # E
user.initiate_chat(assistant, message="hi", max_turns="3")  # E
user.initiate_chat(assistant, message="hi", summary_method="last")  # E
register_function(add, executor=user, description="Adds.")  # E
register_function(add, caller=assistant, executor="user", description="Adds.")  # E
assistant.llm_config = "gpt-4o"  # E
words: int = user.initiate_chat(assistant, message="hi").summary  # E
later: str = user.a_initiate_chat(assistant, message="hi").summary  # E
assistant.register_for_llm("add")  # E
