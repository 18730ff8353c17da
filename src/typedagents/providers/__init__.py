"""Language models behind APIs: one service a module, over any ``HttpTransport``.

OpenAIChat(model="...", base_url="...", api_key=from_env("..."))   a provider, for ``World`` and ``with_models``
compatible("groq", "...")                                          the same, for a server that is known by name
OpenAIResponses, AnthropicMessages, Gemini                         others
Ollama, Cohere, Bedrock
openai_chat, openai_responses, anthropic_messages, gemini          their formats as pure functions: ``formats``
ollama_chat, cohere_chat, bedrock_converse
retry, limit, budget, fallback, function                           around them: ``wrappers``
cache(model, sqlite_store("answers.sqlite"))                       answers that are kept: ``caching``
find_configuration().provider()                                    what is configured: ``configuration``
record(file), play(file)                                           transports for tests: ``recording``
faults                                                             what a failed request means: the kinds of errors
HttpxTransport                                                     the usual transport
"""

from .anthropic import AnthropicMessages
from .bedrock import Bedrock
from .caching import CacheStore, cache, redis_store, sqlite_store
from .cohere import Cohere
from .compatible import compatible
from .configuration import (
    Configuration,
    LLMConfig,
    config_list_from_json,
    find_configuration,
    find_named,
    provider_of,
    providers_from,
)
from .faults import ProviderKind
from .formats.openai_chat import COMPATIBLE, OPENAI, PROFILES, Profile, azure_deployment
from .formats.outputs import Outputs
from .google import Gemini
from .http import HttpxTransport
from .keys import Key, NoKey, from_env
from .limits import UsedUp
from .ollama import Ollama
from .openai import OpenAIChat, OpenAIResponses
from .recording import play, record
from .signing import AwsKeys
from .vocabularies import openai_tokens
from .wrappers import Allowance, Clock, Limiter, budget, fallback, function, limit, retry

__all__ = [
    "LLMConfig",
    "COMPATIBLE",
    "OPENAI",
    "PROFILES",
    "Allowance",
    "AnthropicMessages",
    "AwsKeys",
    "Bedrock",
    "CacheStore",
    "Clock",
    "Cohere",
    "Configuration",
    "Gemini",
    "HttpxTransport",
    "Key",
    "Limiter",
    "NoKey",
    "Ollama",
    "OpenAIChat",
    "OpenAIResponses",
    "Outputs",
    "Profile",
    "ProviderKind",
    "UsedUp",
    "azure_deployment",
    "budget",
    "cache",
    "compatible",
    "config_list_from_json",
    "find_configuration",
    "find_named",
    "fallback",
    "from_env",
    "function",
    "limit",
    "openai_tokens",
    "play",
    "provider_of",
    "providers_from",
    "record",
    "redis_store",
    "retry",
    "sqlite_store",
]
