"""The formats that can be checked, by endpoint. A new wire format is one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve, frozen

from typedagents.providers.anthropic_messages import ANTHROPIC, MessagesCodec
from typedagents.providers.codec import Codec
from typedagents.providers.gemini import GEMINI, GeminiCodec
from typedagents.providers.openai_chat import COMPATIBLE, OPENAI, ChatCodec
from typedagents.providers.openai_responses import RESPONSES, ResponsesCodec

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
    return ChatCodec(OPENAI if provider == OPENAI.provider else evolve(COMPATIBLE, provider=provider))


def _responses(provider: str) -> Codec:
    return ResponsesCodec(evolve(RESPONSES, provider=provider))


def _messages(provider: str) -> Codec:
    return MessagesCodec(evolve(ANTHROPIC, provider=provider))


def _gemini(provider: str) -> Codec:
    return GeminiCodec(evolve(GEMINI, provider=provider))


_OF_GEMINI = Format(_gemini, tokens.in_gemini, turns.GEMINI)

FORMATS: Mapping[str, Format] = {
    "chat.completions": Format(_chat, tokens.in_chat, turns.CHAT),
    "responses": Format(_responses, tokens.in_responses, turns.RESPONSES),
    "messages": Format(_messages, tokens.in_messages, turns.MESSAGES),
    "generateContent": _OF_GEMINI,
    "streamGenerateContent": _OF_GEMINI,
}
