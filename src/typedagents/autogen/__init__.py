"""The familiar API on the typed core: programs for AutoGen 0.2 run after ``import typedagents.autogen as autogen``."""

from typedagents.providers.configuration import LLMConfig

from . import agentchat, oai
from .agentchat import (
    Agent,
    AssistantAgent,
    ChatResult,
    ConversableAgent,
    GroupChat,
    GroupChatManager,
    UpdateSystemMessage,
    UserProxyAgent,
    gather_usage_summary,
    initiate_chats,
    register_function,
)
from .agentchat.group.context_expression import ContextExpression
from .cache import Cache
from .code_utils import DEFAULT_MODEL, FAST_MODEL
from .exception_utils import (
    AgentNameConflictError,
    InvalidCarryOverTypeError,
    NoEligibleSpeakerError,
    SenderRequiredError,
    UndefinedNextAgentError,
)
from .layer.settings import replaying, resuming, using
from .oai.client import ModelClient, OpenAIWrapper
from .oai.completion import ChatCompletion, Completion
from .oai.openai_utils import (
    config_list_from_dotenv,
    config_list_from_json,
    config_list_from_models,
    config_list_gpt4_gpt35,
    config_list_openai_aoai,
    filter_config,
    get_config_list,
)
from .version import __version__

ResponsiveAgent = ConversableAgent

__all__ = [
    "UndefinedNextAgentError",
    "SenderRequiredError",
    "NoEligibleSpeakerError",
    "InvalidCarryOverTypeError",
    "AgentNameConflictError",
    "DEFAULT_MODEL",
    "FAST_MODEL",
    "Agent",
    "AssistantAgent",
    "Cache",
    "ChatCompletion",
    "ChatResult",
    "Completion",
    "ContextExpression",
    "ConversableAgent",
    "GroupChat",
    "GroupChatManager",
    "LLMConfig",
    "ModelClient",
    "OpenAIWrapper",
    "ResponsiveAgent",
    "UpdateSystemMessage",
    "UserProxyAgent",
    "__version__",
    "agentchat",
    "config_list_from_dotenv",
    "config_list_from_json",
    "config_list_from_models",
    "config_list_gpt4_gpt35",
    "config_list_openai_aoai",
    "filter_config",
    "gather_usage_summary",
    "get_config_list",
    "initiate_chats",
    "oai",
    "register_function",
    "replaying",
    "resuming",
    "using",
]
