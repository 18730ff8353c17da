"""Entries of configurations: what they may say, whom they ask and how, and which are chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.autogen.asking import USED, ask
from tests.providers.loopback import refusing, said, serving, whole
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.model import Settings
from typedagents.providers import (
    AwsKeys,
    NoKey,
    OpenAIChat,
    provider_of,
    providers_from,
)
from typedagents.providers.configuration.endpoints import KINDS
from typedagents.providers.configuration.fields import KNOWN, check_fields
from typedagents.providers.local import LocalModel
from typedagents.providers.service import Service
from typedagents.providers.wrappers.fallback import Fallback
from typedagents.providers.wrappers.limit import Limit
from typedagents.providers.wrappers.retry import Retry
from typedagents.testing import scripted_model

CANARY = "canary-0123456789-abcdef"
TEXT = [{"type": "text", "text": "hello"}]
GEMINI = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}]
}
USAGE = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}},
    "stopReason": "end_turn",
    "usage": USAGE,
}
MESSAGES = {
    "id": "x",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": TEXT,
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
OLLAMA = {
    "model": "m",
    "message": {"role": "assistant", "content": "hello"},
    "done": True,
    "done_reason": "stop",
}
COHERE = {"id": "x", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": TEXT}}
OUTPUT = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}]
RESPONSES = {"id": "r", "object": "response", "status": "completed", "model": "m", "output": OUTPUT}
REGION = {"aws_region": "eu-1"}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "GROQ_API_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


# --- whom -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more", "answer", "path", "header"),
    [
        ("openai", {}, said(), "/v1/chat/completions", "authorization"),
        ("responses", {}, RESPONSES, "/v1/responses", "authorization"),
        ("groq", {}, said(), "/v1/chat/completions", "authorization"),
        ("azure", {"api_version": "v"}, said(), "/openai/deployments/m/chat/completions", "api-key"),
        ("anthropic", {}, MESSAGES, "/v1/messages", "x-api-key"),
        ("google", {}, GEMINI, "/v1beta/models/m:generateContent", "x-goog-api-key"),
        ("bedrock", REGION, CONVERSE, "/model/m/converse", "authorization"),
        ("ollama", {}, OLLAMA, "/api/chat", "authorization"),
        ("cohere", {}, COHERE, "/v2/chat", "authorization"),
    ],
)
def test_every_service_is_asked_in_its_own_format(
    kind: str, more: Mapping[str, object], answer: object, path: str, header: str
) -> None:
    with serving(whole(answer)) as server:
        url = (
            server.url if path.startswith("/v1/") and kind != "anthropic" else server.url.removesuffix("/v1")
        )
        entry = {"api_type": kind, "model": "m", "base_url": url, "api_key": CANARY, "temperature": 0, **more}
        provider = provider_of(entry)
        assert CANARY not in repr(provider)
        assert ask(provider).text == "hello"
        [asked] = server.asked
    assert asked.line.split()[1].partition("?")[0] == path
    assert asked.headers[header].endswith(CANARY)


def test_amazon_s_requests_are_signed() -> None:
    keys = {"aws_access_key": "AKIA-1", "aws_secret_key": CANARY, "aws_session_token": f"t{CANARY}"}
    with serving(whole(CONVERSE)) as server:
        url = server.url.removesuffix("/v1")
        provider = provider_of({"api_type": "bedrock", "model": "m", "base_url": url, **REGION, **keys})
        assert ask(provider).text == "hello"
        [asked] = server.asked
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA-1/")
    assert CANARY not in repr(provider)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "local"])
def test_every_kind_is_made_without_asking_anybody(kind: str) -> None:
    entry = {"api_type": kind.upper(), "model": "m", "base_url": "http://localhost:1", "api_key": CANARY}
    provider = provider_of({**entry, **(REGION if kind == "bedrock" else {})})
    assert isinstance(provider, Retry)
    assert isinstance(provider.provider, Service)
    assert CANARY not in repr(provider)


def test_the_embedded_model_is_an_entry_and_nothing_is_started() -> None:
    assert provider_of({"api_type": "local"}) == LocalModel()
    entry = {"api_type": "Local", "path": "m.gguf", "threads": 2, "context_tokens": 512, "stream": False}
    assert provider_of(entry) == LocalModel("m.gguf", threads=2, context_tokens=512, delivery="whole")
    assert provider_of({"api_type": "local", "model": "m.gguf"}) == LocalModel("m.gguf")


@pytest.mark.parametrize("name", ["threads", "context_tokens"])
def test_a_number_that_the_embedded_model_cannot_have_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"'m\.gguf': {name} is a whole number above 0; found 0"):
        provider_of({"api_type": "local", "model": "m.gguf", name: 0})


def test_a_key_is_sent_to_nobody_elses_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    with pytest.raises(ConfigError, match=r"no key for elsewhere\.example") as caught:
        provider_of({"api_type": "groq", "model": "m", "base_url": "https://elsewhere.example"})
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(provider_of({"api_type": "groq", "model": "m"}))


# --- keys -------------------------------------------------------------------------------------------------------


def test_a_key_that_changes_is_asked_for_before_each_request() -> None:
    keys = iter(["first-key-0123", "second-key-0123"])

    async def later() -> str:
        return next(keys)

    functions: list[Callable[[], str | Awaitable[str]]] = [lambda: next(keys), later]
    with serving(whole(said())) as server:
        for function in functions:
            ask(provider_of({"model": "m", "base_url": server.url, "api_key": function}))
        sent = [one.headers["authorization"] for one in server.asked]
    assert sent == ["Bearer first-key-0123", "Bearer second-key-0123"]


def test_a_key_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"model": "m", "api_key_env": "KEY_FOR_TESTS", "base_url": "https://a.example/v1"}
    monkeypatch.delenv("KEY_FOR_TESTS", raising=False)
    with pytest.raises(ConfigError, match=r"the entry 'm': no key found; looked at .* KEY_FOR_TESTS"):
        provider_of(entry)
    monkeypatch.setenv("KEY_FOR_TESTS", CANARY)
    assert CANARY not in repr(provider_of(entry))


@pytest.mark.parametrize("key", [NoKey(), ""])
def test_no_key(key: object) -> None:
    with serving(whole(said())) as server:
        ask(provider_of({"model": "m", "base_url": server.url, "api_key": key}))
    assert "authorization" not in server.asked[0].headers


# --- how --------------------------------------------------------------------------------------------------------


def test_settings_are_sent_and_unknown_ones_in_extra() -> None:
    with serving(whole(said())) as server:
        entry = {
            "model": "m",
            "base_url": server.url,
            "temperature": 0.5,
            "stop": ["a"],
            "top_k": 3,
            "tags": ["x"],
            "cache_seed": 41,
            "name": "n",
            "extra": {"odd": {"deep": 1}},
        }
        ask(provider_of(entry))
        body = server.asked[0].json
    known = {name: body.get(name) for name in ("model", "temperature", "stop", "top_k", "odd")}
    assert known == {"model": "m", "temperature": 0.5, "stop": ["a"], "top_k": 3, "odd": {"deep": 1}}
    assert not body.keys() & {"tags", "cache_seed", "name", "extra"}


def test_limits_stand_inside_of_retries() -> None:
    entry = {"model": "m", "base_url": "http://localhost:1/v1"}
    made = provider_of({**entry, "max_retries": 4, "concurrency": 2, "api_rate_limit": 0.5})
    assert isinstance(made, Retry)
    assert made.attempts == 5
    assert isinstance(made.provider, Limit)
    assert (made.provider.limiter.concurrency, made.provider.limiter.requests_per_minute) == (2, 30)
    assert isinstance(provider_of({**entry, "max_retries": 0}), OpenAIChat)
    own = scripted_model("x")
    assert provider_of({"provider": own}) is own
    assert isinstance(provider_of({"provider": own, "max_retries": 1}), Retry)


def test_a_price_and_settings_of_a_provider_of_one_s_own() -> None:
    model = scripted_model(USED)
    made = provider_of({"provider": model, "price": [0.01, 0.03], "temperature": 0})
    assert ask(made).cost_usd == Decimal("0.025")
    assert model.asked[0].settings == Settings(temperature=0)


def test_the_next_entry_is_asked_where_one_fails() -> None:
    with (
        serving(refusing("busy", "503 Service Unavailable", code="x")) as first,
        serving(whole(said("second"))) as second,
    ):
        entries: list[dict[str, object]] = [
            {"model": "a", "base_url": first.url, "max_retries": 0},
            {"model": "b", "base_url": second.url},
        ]
        provider = providers_from(entries, sticky=True)
        assert isinstance(provider, Fallback)
        assert ask(provider).text == "second"
        with pytest.raises(ProviderError, match="busy"):
            ask(providers_from(entries[:1]))
    assert (len(first.asked), len(second.asked)) == (2, 1)


# --- what is wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "an entry names its model; found the fields none"),
        (
            {"model": "m", "temprature": 0},
            "entry 'm': there is no field 'temprature'; did you mean 'temperature'",
        ),
        (
            {"name": "n", "api_keys": CANARY},
            "entry 'n': there is no field 'api_keys'; did you mean 'api_key'",
        ),
        ({"zzz": CANARY}, "an entry without a name: there is no field 'zzz'; What only a service knows"),
        ({"model": "m", "api_type": "gemni"}, "no api_type 'gemni'; did you mean 'gemini'"),
        ({"model": "m", "api_type": "?"}, "no api_type '\\?'; There are: 'openai', 'responses'"),
        ({"model": "m", "api_key": 3}, "api_key is a text, a Secret, .*found int"),
        ({"model": "m", "api_key": CANARY, "api_key_env": "PATH"}, "names several keys"),
        ({"model": "m", "api_type": "bedrock", "aws_secret_key": CANARY}, "given together, or neither"),
        ({"model": "m", "api_type": "bedrock", "api_key": CANARY}, "no address for Bedrock"),
        ({"model": "m", "api_key": AwsKeys("a", CANARY)}, "AwsKeys sign requests to Bedrock"),
        ({"model": "m", "api_key": CANARY, "default_headers": "x"}, "default_headers is a dict"),
        ({"model": "m", "api_key": CANARY, "extra": 3}, "extra holds further fields"),
        ({"model": "m", "api_key": CANARY, "stop": 3}, "stop is a text or a list"),
        ({"model": "m", "api_key": CANARY, "concurrency": 0}, "concurrency of at least 1"),
        ({"model": "m", "api_key": CANARY, "api_rate_limit": 0}, "api_rate_limit is a number above 0"),
        ({"model": "m", "api_key": CANARY, "n": 2}, "one answer at a time"),
        ({"model": "m", "model_client_cls": "Mine"}, "model_client_cls is for AutoGen's agents"),
        ({"provider": "x"}, "a ModelProvider; found str"),
    ],
)
def test_what_is_wrong_is_named_without_keys(entry: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        provider_of(entry)
    assert CANARY not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


FREE = sorted(KNOWN - {"n", "http_client", "model_client_cls"})


@given(st.sets(st.sampled_from(FREE)), st.sets(st.text(min_size=1).filter(lambda name: name not in KNOWN)))
def test_a_field_is_known_or_refused(known: set[str], strange: set[str]) -> None:
    entry = dict.fromkeys((*known, *strange), CANARY) | {"name": "n"}
    check_fields(entry, also=strange)
    if strange:
        with pytest.raises(ConfigError, match="there is no field") as caught:
            check_fields(entry)
        assert CANARY not in str(caught.value)


def test_a_provider_is_made_of_an_entry_at_least() -> None:
    with pytest.raises(ConfigError, match="at least one entry"):
        providers_from([])
