"""Programs written for AutoGen, as they are written: both type checkers accept them."""

from __future__ import annotations

from typing import Annotated, Literal

from typedagents import autogen
from typedagents.autogen import (
    AssistantAgent,
    ConversableAgent,
    UserProxyAgent,
    config_list_from_json,
    filter_config,
    initiate_chats,
    register_function,
)
from typedagents.autogen.coding import LocalCommandLineCodeExecutor

config_list = config_list_from_json("OAI_CONFIG_LIST", filter_dict={"model": ["gpt-4o", "gpt-4"]})
llm_config = {"config_list": config_list}
inline = AssistantAgent(
    "inline", llm_config={"config_list": config_list_from_json(env_or_file="X"), "temperature": 0}
)
assistant = AssistantAgent("assistant", llm_config=llm_config, system_message="You help.")
filtered = AssistantAgent(
    "filtered", llm_config={"config_list": filter_config(config_list, {"model": ["gpt-4"]})}
)
written = AssistantAgent(
    "written", llm_config={"config_list": [{"model": "gpt-4o", "api_key": "k"}], "timeout": 120}
)
listed = AssistantAgent(
    "listed", llm_config={"model": "gpt-4o", "tools": [{"type": "function", "function": {"name": "f"}}]}
)
none = ConversableAgent(
    "none",
    llm_config=False,
    human_input_mode="NEVER",
    is_termination_msg=lambda message: "bye" in message["content"].lower(),
)
keywords = AssistantAgent("keywords", model="gpt-4o", functions=[{"name": "f", "description": "d"}])
assistant.llm_config = {"config_list": config_list, "seed": 1}

executor = LocalCommandLineCodeExecutor(work_dir="coding", timeout=60)
user = UserProxyAgent(
    "user",
    human_input_mode="NEVER",
    max_consecutive_auto_reply=10,
    is_termination_msg=lambda message: message.get("content", "").rstrip().endswith("TERMINATE"),
    code_execution_config={"executor": executor},
)
other = UserProxyAgent(
    "other", code_execution_config={"work_dir": "coding", "use_docker": False, "last_n_messages": 2}
)
quiet = UserProxyAgent("quiet", code_execution_config=False, function_map={"add": max})

Currency = Literal["USD", "EUR"]


@user.register_for_execution()
@assistant.register_for_llm(description="Exchanges money.")
def exchange(amount: Annotated[float, "How much"], base: Annotated[Currency, "Of what"] = "USD") -> str:
    return f"{amount} {base}"


@user.register_for_execution()
@assistant.register_for_llm(name="wait", description="Waits.")
async def wait(seconds: Annotated[str, "How long"]) -> str:
    return seconds


def add(a: int, b: int) -> int:
    return a + b


register_function(add, caller=assistant, executor=user, name="add", description="Adds.")
exchanged: str = exchange(1.0, "EUR")


def reply(
    recipient: ConversableAgent,
    messages: list[dict[str, object]] | None,
    sender: ConversableAgent | None,
    config: object,
) -> tuple[bool, str | dict[str, object] | None]:
    return True, "hi"


assistant.register_reply([autogen.Agent, None], reply, config={"callback": None})
assistant.register_reply(UserProxyAgent, reply_func=reply, position=1)
user.register_nested_chats([{"recipient": other, "message": "hi", "max_turns": 1}], trigger=assistant)
assistant.register_hook("process_last_received_message", lambda content: content)

result = user.initiate_chat(
    assistant,
    message="Hello",
    max_turns=2,
    summary_method="reflection_with_llm",
    summary_args={"summary_prompt": "Sum up."},
)
words: str = result.summary
for message in result.chat_history:
    print(message["content"])
print(result.cost["usage_including_cached_inference"])
user.initiate_chat(assistant, message=lambda sender, recipient, context: f"{context['topic']}", topic="x")
user.initiate_chat(
    recipient=assistant, message={"content": "Hello", "name": "me"}, clear_history=False, silent=True
)
user.send("hi", assistant)
said = assistant.generate_reply(messages=[{"role": "user", "content": "hi"}])
several = initiate_chats([{"sender": user, "recipient": assistant, "message": "hi", "clear_history": True}])
print(
    [one.summary for one in several],
    assistant.last_message(user),
    user.chat_messages[assistant][-1]["content"],
)


async def main() -> None:
    held = await user.a_initiate_chat(assistant, message="hi")
    print(held.summary)
    await user.a_initiate_chats(
        [{"chat_id": 1, "recipient": assistant, "message": "hi", "prerequisites": []}]
    )


class Own(ConversableAgent):
    def get_human_input(self, prompt: str) -> str:
        return "hi"


# Dicts and lists that have names first, and so types of their own, which are narrower than what is asked for.
code_config = {"work_dir": "coding"}
filters = {"model": ["gpt-4o"]}
opening = {"content": "hi"}
history = [{"role": "user", "content": "hi"}]
queue = [{"recipient": assistant, "message": "hi"}]
summing = {"summary_prompt": "Sum up."}
functions = {"add": add}
settings = {"model": "gpt-4o"}
timed = {"config_list": config_list, "timeout": 60}
named = AssistantAgent(
    "named", llm_config=settings, code_execution_config=code_config, function_map=functions
)
wrapped = autogen.OpenAIWrapper(config_list=config_list)
narrow = autogen.oai.OpenAIWrapper(config_list=config_list_from_json("X", filter_dict=filters))
named.llm_config = llm_config
named.llm_config = settings
named.llm_config = timed
named.llm_config = False
user.initiate_chat(named, message=opening, summary_method="reflection_with_llm", summary_args=summing)
user.initiate_chats(queue)
initiate_chats(queue)
user.register_nested_chats(queue, trigger=named)
user.send(opening, named)
named.generate_reply(messages=history, sender=user)
named.register_function(function_map=functions)
named.update_tool_signature({"type": "function", "function": {"name": "f"}}, is_remove=False)
code, image = user.execute_code_blocks([("python", "print(1)")])
autogen.filter_config(config_list, filters)


def copying(agent: ConversableAgent) -> AssistantAgent:
    config = agent.llm_config
    assert config
    copied = config.copy()
    copied.pop("tools", None)
    return AssistantAgent("copied", llm_config=copied)
