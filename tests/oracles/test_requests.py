"""Whatever is asked, the services' own packages would send it so: their types take each request that we make."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracles.asked import requests
from tests.oracles.judges import Body, Judge, by_botocore, by_genai, by_typed_dict, listed
from tests.providers.asking import REQUEST
from typedagents.core.model import CallModel
from typedagents.providers.codec import Codec
from typedagents.providers.formats.anthropic_messages import ANTHROPIC, messages_codec
from typedagents.providers.formats.bedrock_converse import BEDROCK, converse_codec
from typedagents.providers.formats.gemini import GEMINI, gemini_codec
from typedagents.providers.formats.openai_chat import OPENAI, chat_codec
from typedagents.providers.formats.openai_responses import RESPONSES, responses_codec
from typedagents.providers.loose import entries

CHAT = partial(by_typed_dict, "openai.types.chat.completion_create_params")
ANSWERS = partial(by_typed_dict, "openai.types.responses.response_create_params")
# Its newest version no longer names these: newer models choose for themselves, and older ones take them.
MESSAGES = partial(by_typed_dict, "anthropic.types.message_create_params", unnamed=("temperature", "top_p"))

SERVICES: dict[str, tuple[Codec, bool, Callable[[], Judge]]] = {
    "chat": (chat_codec(OPENAI), False, partial(CHAT, "CompletionCreateParamsNonStreaming")),
    "chat, streamed": (chat_codec(OPENAI), True, partial(CHAT, "CompletionCreateParamsStreaming")),
    "responses": (responses_codec(RESPONSES), False, partial(ANSWERS, "ResponseCreateParamsNonStreaming")),
    "responses, streamed": (
        responses_codec(RESPONSES),
        True,
        partial(ANSWERS, "ResponseCreateParamsStreaming"),
    ),
    "messages": (messages_codec(ANTHROPIC), False, partial(MESSAGES, "MessageCreateParamsNonStreaming")),
    "messages, streamed": (
        messages_codec(ANTHROPIC),
        True,
        partial(MESSAGES, "MessageCreateParamsStreaming"),
    ),
    "gemini": (gemini_codec(GEMINI), False, by_genai),
    "converse": (converse_codec(BEDROCK), False, by_botocore),
}


def sent(codec: Codec, request: CallModel, *, stream: bool) -> Body:
    body = codec.encode(request, model="m", stream=stream).body
    return msgspec.json.decode(body, type=dict[str, object])


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_own_types_take_what_is_sent(service: str) -> None:
    codec, stream, judge = SERVICES[service]
    problems = judge()

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(requests())
    def taken(request: CallModel) -> None:
        body = sent(codec, request, stream=stream)
        assert problems(body) == [], body

    taken()


@pytest.mark.parametrize("service", SERVICES)
def test_they_would_complain(service: str) -> None:
    """A judge that took everything would judge nothing."""
    codec, stream, judge = SERVICES[service]
    problems = judge()
    body = sent(codec, REQUEST, stream=stream)
    held = next(name for name in ("messages", "input", "contents") if name in body)

    assert problems(body) == []
    assert problems({**body, "unheard_of": 1})
    assert problems({**body, held: [{**entries(message), "unheard_of": 1} for message in listed(body[held])]})
    assert problems({**body, held: [{"role": 1}]})
