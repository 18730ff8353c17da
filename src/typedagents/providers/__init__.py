"""Language models behind APIs: one service or format a module, over any ``HttpTransport``.

OpenAIChat(model="...", base_url="...", api_key=from_env("..."))   a provider, for ``World`` and ``with_models``
OpenAIResponses, AnthropicMessages, Gemini                         others
openai_chat, openai_responses, anthropic_messages, gemini          their formats as pure functions
retry, limit, budget, fallback, function                           around them: ``wrappers``
faults                                                             what a failed request means: the kinds of errors
HttpxTransport                                                     the usual transport
"""

from .anthropic import AnthropicMessages
from .faults import ProviderKind
from .google import Gemini
from .http import HttpxTransport
from .keys import Key, NoKey, from_env
from .notices import FellBack, Notice, Retrying, UsedUp
from .openai import OpenAIChat, OpenAIResponses
from .openai_chat import COMPATIBLE, OPENAI, Profile
from .wrappers import Allowance, Clock, Limiter, budget, fallback, function, limit, retry

__all__ = [
    "COMPATIBLE",
    "OPENAI",
    "Allowance",
    "AnthropicMessages",
    "Clock",
    "FellBack",
    "Gemini",
    "HttpxTransport",
    "Key",
    "Limiter",
    "NoKey",
    "Notice",
    "OpenAIChat",
    "OpenAIResponses",
    "Profile",
    "ProviderKind",
    "Retrying",
    "UsedUp",
    "budget",
    "fallback",
    "from_env",
    "function",
    "limit",
    "retry",
]
