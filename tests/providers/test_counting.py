"""Counts of tokens: by services that are asked for them, and by a vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import anyio
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.asked import requests
from tests.providers.asking import KEY, REQUEST
from tests.providers.loopback import Answer, refusing, serving, whole
from tests.providers.recorded import CORPUS, MISSING, exchanges
from tests.providers.rereading import Outside, as_object
from tests.providers.rereading_formats import READINGS
from tests.providers.rewriting import codec_for, normal
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.interpreter.lifetime import keeping
from typedagents.providers import (
    AnthropicMessages,
    Bedrock,
    Gemini,
    OpenAIResponses,
    anthropic,
    bedrock,
    google,
)
from typedagents.providers.conformance.reading import read
from typedagents.providers.counting import Counting
from typedagents.providers.formats.gemini import GeminiProfile
from typedagents.providers.local.model import LlamaServer
from typedagents.providers.recording import Exchange, read_exchanges
from typedagents.providers.vocabularies import openai_tokens

TOOL = ToolSpec("add", "adds", '{"type":"object"}')
FULL = evolve(
    REQUEST,
    instructions=Prompt("be brief"),
    tools=(TOOL,),
    settings=Settings(temperature=0.5, max_tokens=9, tool_choice="required"),
)
VERTEX = GeminiProfile(models="/v1/publishers/google/models", counts_requests=False)

SERVICES: dict[str, Callable[[str], Counting]] = {
    "messages": lambda url: AnthropicMessages(model="m", base_url=url, api_key=KEY),
    "responses": lambda url: OpenAIResponses(model="m", base_url=url, api_key=KEY),
    "gemini": lambda url: Gemini(model="m", base_url=url, api_key=KEY),
    "vertex": lambda url: Gemini(model="m", base_url=url, api_key=KEY, profile=VERTEX),
    "bedrock": lambda url: Bedrock(model="m", base_url=url, api_key=KEY, region="r"),
    "llama.cpp": lambda url: LlamaServer(model="m", base_url=url, api_key=KEY),
}
ASKED = {
    "messages": ("/v1/v1/messages/count_tokens", {"model", "messages", "system", "tools", "tool_choice"}),
    "responses": ("/v1/responses/input_tokens", {"model", "input", "instructions", "tools", "tool_choice"}),
    "gemini": ("/v1/v1beta/models/m:countTokens", {"generateContentRequest"}),
    "vertex": (
        "/v1/v1/publishers/google/models/m:countTokens",
        {"contents", "systemInstruction", "tools", "generationConfig"},
    ),
    "bedrock": ("/v1/model/m/count-tokens", {"input"}),
    "llama.cpp": (
        "/v1/chat/completions/input_tokens",
        {"model", "messages", "tools", "tool_choice", "temperature", "max_tokens"},
    ),
}
each_service = pytest.mark.parametrize("name", SERVICES)


def counted(service: Counting, request: CallModel = FULL, backend: str = "asyncio") -> int:
    async def main() -> int:
        async with keeping():
            return await service.count_tokens(request)

    return anyio.run(main, backend=backend)


@each_service
def test_a_service_is_asked_for_what_it_would_be_sent(name: str, backend: str) -> None:
    field = SERVICES[name]("http://localhost").counted
    with serving(whole({field: 17})) as server:
        assert counted(SERVICES[name](server.url), backend=backend) == 17
        [asked] = server.asked

    path, fields = ASKED[name]
    assert asked.line == f"POST {path} HTTP/1.1"
    assert asked.json.keys() == fields
    assert KEY in " ".join(asked.headers.values())


def test_google_is_told_the_model_within_the_request() -> None:
    with serving(whole({"totalTokens": 1})) as server:
        counted(SERVICES["gemini"](server.url))
        [asked] = server.asked

    inner = asked.json["generateContentRequest"]
    assert isinstance(inner, dict)
    assert inner["model"] == "models/m"
    assert inner.keys() == {
        *("model", "contents", "systemInstruction", "tools", "toolConfig"),
        "generationConfig",
    }


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusing(f"no such model, said {KEY}", "404 Not Found"), "not_found"),
        (whole({"tokens": "many"}), "protocol"),
        (whole(b"<html>", kind="text/html"), "protocol"),
        (Answer((), "close"), "connection"),
    ],
)
@each_service
def test_why_there_is_no_count_is_told(name: str, answer: Answer, kind: str) -> None:
    with serving(answer) as server, pytest.raises(ProviderError) as caught:
        counted(SERVICES[name](server.url))

    assert caught.value.kind == kind
    assert KEY not in f"{caught.value!r} {dict(caught.value.facts)}"


def test_a_count_without_a_model_is_asked_of_nobody() -> None:
    with pytest.raises(ProviderError, match="no model named"):
        counted(evolve(SERVICES["messages"]("http://localhost:1"), model=""))


# --- as recorded ------------------------------------------------------------------------------------------------


def recorded() -> list[Exchange]:
    files = ("anthropic", "google", "google-vertex", "bedrock")
    found = (each for file in files for each in read_exchanges(CORPUS / f"{file}.jsonl"))
    kinds = ("messages.count_tokens", "countTokens", "count-tokens")
    return [each for each in found if each.endpoint in kinds and each.response.status == 200]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_recorded_answers_are_read() -> None:
    by_endpoint = {"messages.count_tokens": "messages", "countTokens": "gemini", "count-tokens": "bedrock"}
    exchanges = recorded()

    assert len(exchanges) >= 10
    for exchange in exchanges:
        with serving(whole(exchange.body)) as server:
            assert counted(SERVICES[by_endpoint[exchange.endpoint]](server.url)) > 0


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_what_was_sent_for_a_count_is_what_is_kept() -> None:
    sent: dict[str, set[str]] = {"messages.count_tokens": set(), "countTokens": set(), "count-tokens": set()}
    for exchange in recorded():
        sent[exchange.endpoint] |= as_object(exchange.request.json).keys()

    assert sent["messages.count_tokens"] <= {*anthropic.COUNTED}
    assert sent["countTokens"] <= set(google.COUNTED)
    assert sent["count-tokens"] == {"input"}
    assert set(bedrock.COUNTED) > {"messages", "system"}


# --- by a vocabulary --------------------------------------------------------------------------------------------

with_vocabularies = pytest.mark.skipif(find_spec("bpe_openai") is None, reason="bpe-openai is not installed")
ITS_OWN_WARNING = pytest.mark.filterwarnings("ignore:open_binary is deprecated:DeprecationWarning")
"""bpe-openai 0.1.4 reads its data in an old way."""

by_words = openai_tokens(encode=str.split)
"""A vocabulary in which each word is a token."""


def test_what_stands_around_the_words_counts() -> None:
    said = Transcript([Message("you", "one two"), Message("me", "three", "model")])

    assert by_words(CallModel(Transcript(), "me")) == 3
    assert by_words(CallModel(said, "me")) == 3 + (4 + 2 + 1 + 1) + (4 + 1)
    assert by_words(CallModel(said, "me", instructions=Prompt("be brief"))) == 3 + 8 + 5 + 6
    assert by_words(CallModel(said, "me", tools=(TOOL,), output=OutputSpec("o", "{ }"))) == 16 + 3 + 2


def test_a_call_counts_with_what_it_came_to() -> None:
    called = Message("me", (ToolCall("1", "add", '{"a": 1}'),), "model")
    waiting = CallModel(Transcript([called]), "me")
    answered = CallModel(Transcript([called, Message("you", (ToolResult("1", "add", (Text("2"),)),))]), "me")

    assert by_words(answered) == 3 + (4 + 1 + 2) + (4 + 1)
    assert by_words(waiting) > 3 + 7 + 4  # what is missing is made up


@given(requests(), st.text("ab ", max_size=20))
def test_more_words_are_more_tokens(request: CallModel, more: str) -> None:
    longer = evolve(request, transcript=request.transcript.append(Message("you", more or "a")))

    assert by_words(longer) > by_words(request)


def test_where_the_vocabularies_are_not_installed_the_error_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typedagents.providers.vocabularies.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"typedagents\[tokens\]"):
        openai_tokens("gpt-4o")


@with_vocabularies
@ITS_OWN_WARNING
def test_each_model_is_counted_by_its_vocabulary() -> None:
    call = CallModel(Transcript([Message("me", "Über Straßen und Gänse", "model")]), "me")
    now, before = openai_tokens("gpt-5-mini")(call), openai_tokens("gpt-4")(call)

    assert now < before
    assert (openai_tokens("gpt-4.1")(call), openai_tokens()(call)) == (now, now)
    assert openai_tokens("gpt-3.5-turbo")(call) == openai_tokens("gpt-4-turbo")(call) == before


ELIDED = "ZWxpZGVkO"
"""How what stands in the place of something long begins: "elided:" in base64."""


def told_in_words(exchange: Exchange) -> tuple[CallModel, int] | None:
    """A recorded call of words alone, and how many tokens OpenAI counted in it."""
    codec = codec_for(exchange)
    try:
        found = normal(exchange.endpoint, as_object(exchange.request.json))
        request = READINGS[exchange.endpoint].request(found, codec)
    except Outside:
        return None
    words = all(isinstance(part, Text) for message in request.transcript for part in message.parts)
    reply = read(exchange, codec).answer
    if not words or request.tools or request.output or request.settings.extra:
        return None
    return (request, reply.usage.input_tokens) if isinstance(reply, ModelReply) and reply.usage else None


def is_elided(exchange: Exchange) -> bool:
    """Whether something long was taken out of the request; not each that says so has the tag."""
    return "elided_blob" in exchange.tags or ELIDED in str(exchange.request.json)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
@with_vocabularies
@ITS_OWN_WARNING
def test_recorded_words_are_counted_as_the_service_counted_them() -> None:
    counts: dict[str, list[int]] = {}
    for exchange in exchanges(CORPUS / "openai.jsonl"):
        as_sent = exchange.succeeded and exchange.request.json and not is_elided(exchange)
        told = told_in_words(exchange) if as_sent else None
        if told:
            request, theirs = told
            named = 2 * sum(
                message.sender != request.me for message in request.transcript
            )  # theirs had no names
            model = exchange.model or ""
            counts.setdefault(model, []).append(openai_tokens(model)(request) - named - theirs)

    exact = [off for model, offs in counts.items() if model.startswith("gpt-4") for off in offs]
    assert exact == [0] * len(exact)
    assert len(exact) >= 12
    assert all(abs(off) <= 1 for offs in counts.values() for off in offs), (
        counts
    )  # others open in another way
