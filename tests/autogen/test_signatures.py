"""Names, parameters and defaults are those that AutoGen's users know."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import pytest

from typedagents import autogen
from typedagents.autogen import AssistantAgent, ChatResult, ConversableAgent, UserProxyAgent, agentchat, tools
from typedagents.autogen.agentchat import group
from typedagents.autogen.agentchat.contrib import capabilities
from typedagents.autogen.agentchat.contrib.capabilities.generate_images import (
    PROMPT_INSTRUCTIONS,
    DalleImageGenerator,
    ImageGeneration,
)
from typedagents.autogen.agentchat.contrib.capabilities.teachability import Teachability
from typedagents.autogen.agentchat.contrib.capabilities.vision_capability import (
    DEFAULT_DESCRIPTION_PROMPT,
    VisionCapability,
)
from typedagents.autogen.agentchat.contrib.llava_agent import DEFAULT_LLAVA_SYS_MSG, LLaVAAgent
from typedagents.autogen.agentchat.contrib.math_user_proxy_agent import DEFAULT_REPLY, MathUserProxyAgent
from typedagents.autogen.agentchat.contrib.society_of_mind_agent import SocietyOfMindAgent
from typedagents.autogen.agentchat.group import guardrails, patterns
from typedagents.autogen.cache import Cache
from typedagents.autogen.coding import LocalCommandLineCodeExecutor
from typedagents.autogen.interop import Interoperability

METHODS = """
send(message, recipient, request_reply=None, silent=False)
a_send(message, recipient, request_reply=None, silent=False)
receive(message, sender, request_reply=None, silent=False)
a_receive(message, sender, request_reply=None, silent=False)
generate_reply(messages=None, sender=None, *, exclude=())
a_generate_reply(messages=None, sender=None, *, exclude=())
register_reply(trigger, reply_func, position=0, config=None, reset_config=None, *, ignore_async_in_sync_chat=False, remove_other_reply_funcs=False)
register_auto_reply(trigger, reply_func, position=0, config=None, reset_config=None, *, ignore_async_in_sync_chat=False, remove_other_reply_funcs=False)
replace_reply_func(old_reply_func, new_reply_func)
register_nested_chats(chat_queue, trigger, reply_func_from_nested_chats='summary_from_nested_chats', position=2, use_async=None, **)
initiate_chat(recipient, clear_history=True, silent=False, cache=None, max_turns=None, summary_method='last_msg', summary_args={}, message=None, **)
a_initiate_chat(recipient, clear_history=True, silent=False, cache=None, max_turns=None, summary_method='last_msg', summary_args={}, message=None, **)
initiate_chats(chat_queue)
a_initiate_chats(chat_queue)
get_chat_results(chat_index=None)
reset()
clear_history(recipient=None, nr_messages_to_preserve=None)
stop_reply_at_receive(sender=None)
reset_consecutive_auto_reply_counter(sender=None)
update_max_consecutive_auto_reply(value, sender=None)
max_consecutive_auto_reply(sender=None)
last_message(agent=None)
chat_messages_for_summary(agent)
update_system_message(system_message)
register_for_llm(*, name=None, description=None, api_style='tool')
register_for_execution(name=None, description=None)
register_function(function_map)
update_function_signature(func_sig, is_remove=False)
update_tool_signature(tool_sig, is_remove=False)
remove_tool_for_llm(tool)
can_execute_function(name)
execute_function(func_call, call_id=None, verbose=False)
a_execute_function(func_call, call_id=None, verbose=False)
run_code(code, **)
execute_code_blocks(code_blocks)
get_human_input(prompt)
a_get_human_input(prompt)
generate_init_message(message, **)
a_generate_init_message(message, **)
register_model_client(model_client_cls, **)
register_hook(hookable_method, hook)
get_context(key, default=None)
set_context(key, value)
update_context(context_variables)
pop_context(key, default=None)
print_usage_summary(mode=('actual', 'total'))
get_actual_usage()
get_total_usage()
check_termination_and_human_reply(messages=None, sender=None, config=None)
a_check_termination_and_human_reply(messages=None, sender=None, config=None)
generate_oai_reply(messages=None, sender=None, config=None)
a_generate_oai_reply(messages=None, sender=None, config=None)
generate_code_execution_reply(messages=None, sender=None, config=None)
generate_function_call_reply(messages=None, sender=None, config=None)
a_generate_function_call_reply(messages=None, sender=None, config=None)
generate_tool_calls_reply(messages=None, sender=None, config=None)
a_generate_tool_calls_reply(messages=None, sender=None, config=None)
update_agent_state_before_reply(messages)
process_all_messages_before_reply(messages)
process_last_received_message(messages)
run(message, *, tools=None, executor_kwargs=None, max_turns=None, msg_to='agent', clear_history=False, user_input=True, summary_method='last_msg', **)
a_run(message, *, tools=None, executor_kwargs=None, max_turns=None, msg_to='agent', clear_history=False, user_input=True, summary_method='last_msg', **)
register_input_guardrail(guardrail)
register_input_guardrails(guardrails)
register_output_guardrail(guardrail)
register_output_guardrails(guardrails)
"""

CONSTRUCTORS: Mapping[str, object] = {
    "ConversableAgent(name, system_message='You are a helpful AI Assistant.', is_termination_msg=None, "
    "max_consecutive_auto_reply=None, human_input_mode='TERMINATE', function_map=None, code_execution_config=False, "
    "llm_config=None, default_auto_reply='', description=None, chat_messages=None, silent=None, *, "
    "context_variables=None, functions=None, update_agent_state_before_reply=None, handoffs=None, **)": ConversableAgent,
    f"AssistantAgent(name, system_message={AssistantAgent.DEFAULT_SYSTEM_MESSAGE!r}, llm_config=None, "
    "is_termination_msg=None, max_consecutive_auto_reply=None, human_input_mode='NEVER', description=None, **)": AssistantAgent,
    "UserProxyAgent(name, is_termination_msg=None, max_consecutive_auto_reply=None, human_input_mode='ALWAYS', "
    "function_map=None, code_execution_config={}, default_auto_reply='', llm_config=False, system_message='', "
    "description=None, **)": UserProxyAgent,
    "LocalCommandLineCodeExecutor(timeout=60, virtual_env_context=None, work_dir='.', functions=(), "
    "functions_module='functions', execution_policies=None, *, accept_no_isolation=False)": LocalCommandLineCodeExecutor,
    "register_function(f, *, caller, executor, name=None, description)": autogen.register_function,
    "disk(cache_seed=42, cache_path_root='.cache')": Cache.disk,
    "redis(cache_seed=42, redis_url='redis://localhost:6379/0')": Cache.redis,
}

PATTERN = "initial_agent, agents, user_agent=None, group_manager_args=None, context_variables=None"
AG2: Mapping[str, object] = {
    "GroupChatManager(groupchat, name='chat_manager', max_consecutive_auto_reply=9223372036854775807, "
    "human_input_mode='NEVER', system_message='Group chat manager.', silent=False, **)": autogen.GroupChatManager,
    "initiate_group_chat(pattern, messages, max_rounds=20)": agentchat.initiate_group_chat,
    "a_initiate_group_chat(pattern, messages, max_rounds=20)": agentchat.a_initiate_group_chat,
    "run_group_chat(pattern, messages, max_rounds=20)": agentchat.run_group_chat,
    "a_run_group_chat(pattern, messages, max_rounds=20)": agentchat.a_run_group_chat,
    f"DefaultPattern({PATTERN}, group_after_work=None, exclude_transit_message=True, summary_method='last_msg')": (
        patterns.DefaultPattern
    ),
    f"RoundRobinPattern({PATTERN}, group_after_work=None, exclude_transit_message=True, summary_method='last_msg')": (
        patterns.RoundRobinPattern
    ),
    f"RandomPattern({PATTERN}, group_after_work=None, exclude_transit_message=True, summary_method='last_msg')": (
        patterns.RandomPattern
    ),
    f"AutoPattern({PATTERN}, selection_message=None, exclude_transit_message=True, summary_method='last_msg')": (
        patterns.AutoPattern
    ),
    f"ManualPattern({PATTERN}, exclude_transit_message=True, summary_method='last_msg')": patterns.ManualPattern,
    "OnCondition(*, target, condition, available=None, llm_function_name=None)": group.OnCondition,
    "OnContextCondition(*, target, condition=None, available=None)": group.OnContextCondition,
    "ReplyResult(message, target=None, context_variables=None)": group.ReplyResult,
    "RegexGuardrail(name, condition, target, activation_message=None)": guardrails.RegexGuardrail,
    "LLMGuardrail(name, condition, target, llm_config, activation_message=None)": guardrails.LLMGuardrail,
    "UpdateSystemMessage(content_updater)": autogen.UpdateSystemMessage,
    "Tool(*, name=None, description=None, func_or_tool, parameters_json_schema=None)": tools.Tool,
    "tool(name=None, description=None)": tools.tool,
    "convert_tool(*, tool, type, **)": Interoperability.convert_tool,
    "MessageHistoryLimiter(max_messages=None, keep_first_message=False, exclude_names=None)": (
        capabilities.MessageHistoryLimiter
    ),
    "MessageTokenLimiter(max_tokens_per_message=None, max_tokens=None, min_tokens=None, "
    "model='gpt-3.5-turbo-0613', filter_dict=None, exclude_filter=True)": capabilities.MessageTokenLimiter,
    "TextMessageCompressor(text_compressor=None, min_tokens=None, compression_params=None, cache=None, "
    "filter_dict=None, exclude_filter=True)": capabilities.TextMessageCompressor,
    "TextMessageContentName(position='start', format_string='{name}:\\n', deduplicate=True, filter_dict=None, "
    "exclude_filter=True)": capabilities.TextMessageContentName,
    "TransformMessages(*, transforms=(), verbose=True)": capabilities.TransformMessages,
    f"VisionCapability(lmm_config, description_prompt={DEFAULT_DESCRIPTION_PROMPT!r}, custom_caption_func=None)": (
        VisionCapability
    ),
    "DalleImageGenerator(llm_config, resolution='1024x1024', quality='standard', num_images=1)": DalleImageGenerator,
    f"LLaVAAgent(name, system_message={DEFAULT_LLAVA_SYS_MSG!r}, is_termination_msg=None, args, *, llm_config, **)": LLaVAAgent,
    f"MathUserProxyAgent(name='MathChatAgent', is_termination_msg=None, human_input_mode='NEVER', "
    f"default_auto_reply={DEFAULT_REPLY!r}, max_invalid_q_per_step=3, **)": MathUserProxyAgent,
    f"ImageGeneration(image_generator, cache=None, text_analyzer_llm_config=None, "
    f"text_analyzer_instructions={PROMPT_INSTRUCTIONS!r}, verbosity=0, register_reply_position=2)": ImageGeneration,
    "Teachability(verbosity=0, reset_db=False, path_to_db_dir='./tmp/teachable_agent_db', recall_threshold=1.5, "
    "max_num_retrievals=10, llm_config=None)": Teachability,
    "SocietyOfMindAgent(name, chat_manager, response_preparer=None, is_termination_msg=None, "
    "max_consecutive_auto_reply=None, human_input_mode='TERMINATE', function_map=None, code_execution_config=False, "
    "llm_config=False, default_auto_reply='', **)": SocietyOfMindAgent,
}

PROPERTIES = [
    "name",
    "description",
    "system_message",
    "llm_config",
    "tools",
    "code_executor",
    "use_docker",
    "chat_messages",
    "function_map",
    "_oai_messages",
    "_oai_system_message",
    "_function_map",
    "_reply_func_list",
    "_code_execution_config",
    "_consecutive_auto_reply_counter",
]

EXPORTED = [
    "agentchat",
    "oai",
    "Agent",
    "ConversableAgent",
    "AssistantAgent",
    "UserProxyAgent",
    "ResponsiveAgent",
    "register_function",
    "initiate_chats",
    "gather_usage_summary",
    "ChatResult",
    "OpenAIWrapper",
    "ModelClient",
    "Completion",
    "ChatCompletion",
    "get_config_list",
    "config_list_gpt4_gpt35",
    "config_list_openai_aoai",
    "config_list_from_models",
    "config_list_from_json",
    "config_list_from_dotenv",
    "filter_config",
    "Cache",
    "DEFAULT_MODEL",
    "FAST_MODEL",
    "__version__",
    "AgentNameConflictError",
    "ContextExpression",
    "InvalidCarryOverTypeError",
    "NoEligibleSpeakerError",
    "SenderRequiredError",
    "UndefinedNextAgentError",
    "UpdateSystemMessage",
]


def signature(name: str, function: object) -> str:
    """How ``function`` is called, without types; ``**`` are further keywords."""
    assert callable(function)
    told: list[str] = []
    by_name = False
    for one in inspect.signature(function).parameters.values():
        if one.name == "self":
            continue
        if one.kind == one.KEYWORD_ONLY and not by_name:
            told.append("*")
            by_name = True
        if one.kind == one.VAR_KEYWORD:
            told.append("**")
        elif one.default is one.empty:
            told.append(one.name)
        else:
            default = dict(one.default) if isinstance(one.default, Mapping) else one.default
            told.append(f"{one.name}={default!r}")
    return f"{name}({', '.join(told)})"


@pytest.mark.parametrize("expected", METHODS.strip().splitlines(), ids=lambda line: line.split("(")[0])
def test_methods(expected: str) -> None:
    name = expected.split("(", maxsplit=1)[0]
    assert signature(name, getattr(ConversableAgent, name)) == expected


@pytest.mark.parametrize(
    ("expected", "made"),
    [*CONSTRUCTORS.items(), *AG2.items()],
    ids=[line.split("(")[0] for line in [*CONSTRUCTORS, *AG2]],
)
def test_constructors_and_functions(expected: str, made: object) -> None:
    assert signature(expected.split("(", maxsplit=1)[0], made) == expected


@pytest.mark.parametrize("name", PROPERTIES)
def test_properties(name: str) -> None:
    assert isinstance(inspect.getattr_static(ConversableAgent, name), property)
    getattr(ConversableAgent("agent"), name)


def test_what_is_named_at_the_root() -> None:
    assert [name for name in EXPORTED if not hasattr(autogen, name)] == []
    assert set(autogen.__all__) >= set(EXPORTED)


def test_constants_and_results() -> None:
    assert ConversableAgent.MAX_CONSECUTIVE_AUTO_REPLY == 100
    assert ConversableAgent.DEFAULT_SUMMARY_METHOD == "last_msg"
    assert ConversableAgent.DEFAULT_SUMMARY_PROMPT == (
        "Summarize the takeaway from the conversation. Do not add any introductory phrases."
    )
    assert autogen.ResponsiveAgent is ConversableAgent
    fields = list(inspect.signature(ChatResult).parameters)
    assert fields[:5] == ["chat_id", "chat_history", "summary", "cost", "human_input"]
    assert "stop_reason" in fields
