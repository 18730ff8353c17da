"""The formats that can be checked, by endpoint. A new wire format is one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve, frozen

from typedagents.providers.codec import Codec
from typedagents.providers.formats.anthropic_messages import ANTHROPIC, messages_codec
from typedagents.providers.formats.bedrock_converse import BEDROCK, converse_codec
from typedagents.providers.formats.cohere_chat import COHERE, cohere_codec
from typedagents.providers.formats.gemini import GEMINI, gemini_codec
from typedagents.providers.formats.ollama_chat import OLLAMA, ollama_codec
from typedagents.providers.formats.openai_chat import COMPATIBLE, PROFILES, chat_codec
from typedagents.providers.formats.openai_responses import RESPONSES, responses_codec

from . import tokens, turns
from .tokens import CountIn
from .turns import Turns


@frozen
class Format:
    """What an endpoint speaks: the codec for a service of this name, what it counts, how it tells of earlier turns."""

    codec: Callable[[str], Codec]
    counted: CountIn
    turns: Turns


def _chat(provider: str) -> Codec:
    return chat_codec(PROFILES.get(provider) or evolve(COMPATIBLE, provider=provider))


def _responses(provider: str) -> Codec:
    return responses_codec(evolve(RESPONSES, provider=provider))


def _messages(provider: str) -> Codec:
    return messages_codec(evolve(ANTHROPIC, provider=provider))


def _gemini(provider: str) -> Codec:
    return gemini_codec(evolve(GEMINI, provider=provider))


def _ollama(provider: str) -> Codec:
    return ollama_codec(evolve(OLLAMA, provider=provider))


def _cohere(provider: str) -> Codec:
    return cohere_codec(evolve(COHERE, provider=provider))


def _converse(provider: str) -> Codec:
    return converse_codec(evolve(BEDROCK, provider=provider))


_OF_CONVERSE = Format(_converse, tokens.in_converse, turns.CONVERSE)
_OF_GEMINI = Format(_gemini, tokens.in_gemini, turns.GEMINI)

FORMATS: Mapping[str, Format] = {
    "chat.completions": Format(_chat, tokens.in_chat, turns.CHAT),
    "responses": Format(_responses, tokens.in_responses, turns.RESPONSES),
    "messages": Format(_messages, tokens.in_messages, turns.MESSAGES),
    "generateContent": _OF_GEMINI,
    "streamGenerateContent": _OF_GEMINI,
    "api.chat": Format(_ollama, tokens.in_ollama, turns.CHAT),
    "v2.chat": Format(_cohere, tokens.in_cohere, turns.CHAT),
    "converse": _OF_CONVERSE,
    "converse-stream": _OF_CONVERSE,
}
