"""Whom an entry of a configuration asks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.autogen.asking import ask
from tests.providers.loopback import said, serving, whole
from typedagents.autogen.layer.models import checked, provider_of
from typedagents.core.errors import ConfigError
from typedagents.providers import NoKey, OpenAIChat
from typedagents.providers.configuration.endpoints import endpoint_of
from typedagents.providers.local import LocalModel


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def chat(config: Mapping[str, object]) -> OpenAIChat:
    made = endpoint_of(config)
    assert isinstance(made, OpenAIChat)
    return made


def test_openai_is_the_usual_endpoint() -> None:
    made = chat({"model": "gpt-4", "api_key": "sk-1", "organization": "org", "timeout": 7, "stream": True})
    assert (made.model, made.host, made.delivery) == ("gpt-4", "api.openai.com", "streamed")
    assert made.headers == (("openai-organization", "org"),)
    assert (made.deadlines.read_s, made.deadlines.total_s) == (7, 7)
    assert "sk-1" not in repr(made)
    local = chat({"model": "m", "base_url": "http://localhost:1/v1", "default_headers": {"x": "y"}})
    assert isinstance(local.api_key, NoKey)
    assert local.headers == (("x", "y"),)


def test_keys_and_addresses_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        chat({"model": "gpt-4"})
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    assert chat({"model": "gpt-4"}).host == "api.openai.com"
    with pytest.raises(ConfigError, match=r"no key for elsewhere\.example"):
        chat({"model": "gpt-4", "base_url": "https://elsewhere.example/v1"})
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    assert chat({"model": "gpt-4"}).host == "elsewhere.example"


def asked_azure(config: Mapping[str, object]) -> tuple[str, dict[str, str], dict[str, object]]:
    with serving(whole(said())) as server:
        url = server.url.removesuffix("/v1")
        assert (
            ask(provider_of({"api_type": "azure", "base_url": url, "max_retries": 0, **config})).text
            == "hello"
        )
        [asked] = server.asked
    return asked.line, asked.headers, asked.json


def test_azure_is_asked_in_its_own_way() -> None:
    line, headers, body = asked_azure(
        {"model": "gpt-3.5-turbo", "api_key": "key-1", "api_version": "2024-06"}
    )
    assert line.split()[1] == "/openai/deployments/gpt-35-turbo/chat/completions?api-version=2024-06"
    assert headers["api-key"] == "key-1"
    assert "authorization" not in headers
    assert body["model"] == "gpt-35-turbo"


async def token() -> str:
    return "tok-2"


@pytest.mark.parametrize(
    "said_by",
    [
        {"azure_ad_token": "tok-2"},
        {"azure_ad_token_provider": lambda: "tok-2"},
        {"azure_ad_token_provider": token},
    ],
)
def test_azure_is_asked_with_tokens(said_by: dict[str, object]) -> None:
    line, headers, _ = asked_azure({"azure_deployment": "mine", **said_by})
    assert line.split()[1].startswith("/openai/deployments/mine/chat/completions?api-version=")
    assert headers["authorization"] == "Bearer tok-2"
    assert "api-key" not in headers


def test_what_azure_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="base_url, azure_endpoint and the environment variable"):
        endpoint_of({"api_type": "azure", "model": "m"})
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.example/openai/")
    with pytest.raises(ConfigError, match="AZURE_OPENAI_API_KEY"):
        endpoint_of({"api_type": "azure", "model": "m"})
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k")
    assert chat({"api_type": "azure", "model": "m"}).base_url == "https://mine.example"


def test_the_embedded_model_is_an_endpoint() -> None:
    assert endpoint_of({"api_type": "local"}) == LocalModel()
    options = {"api_type": "local", "model": "m.gguf", "threads": 2, "context_tokens": 512, "stream": False}
    assert endpoint_of(options) == LocalModel("m.gguf", threads=2, context_tokens=512, delivery="whole")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "llm_config is empty"),
        ({"temperature": 0}, "names no model; found temperature"),
        ({"config_list": []}, "config_list is empty"),
        ({"config_list": [{"model": "m"}, {}]}, "names no model; found nothing"),
        ({"config_list": 3}, "config_list is a list of dicts"),
        ({"model": "m", "api_type": "antropic"}, "no api_type 'antropic'; did you mean 'anthropic'"),
        ({"model": "m", "temprature": 0}, "no field 'temprature'; did you mean 'temperature'"),
        ({"model": "m", "provider": 3}, "a ModelProvider; found int"),
        ({"model": 3}, "model is a text"),
        ({"model": "m", "http_client": object()}, "http_client"),
        ({"model": "m", "n": 3}, "one answer at a time"),
        ({"model": "m", "api_key": "k", "timeout": -1}, "seconds above 0"),
        ({"model": "m", "api_key": "k", "temperature": "hot"}, "temperature is a number"),
        ({"model": "m", "api_key": "k", "temperature": -1}, "out of its bounds"),
        ({"model": "m", "api_key": "k", "max_tokens": 1.5}, "max_tokens is a whole number"),
        ({"model": "m", "api_key": "k", "stream": "yes"}, "stream is True or False"),
        ({"model": "m", "api_key": "k", "frequency_penalty": object()}, "'frequency_penalty' cannot be sent"),
        ({"model": "m", "api_key": "k", "price": "cheap"}, "price is US dollars"),
        ({"model": "m", "api_key": "k", "response_format": {"type": "zz"}}, "response_format is a class"),
        ({"model": "m", "api_key": "k", "response_format": complex}, "response_format: no JSON"),
        ({"model_client_cls": "Mine", "model": "m"}, "'Mine' is not registered.*registered: none"),
    ],
)
def test_bad_configurations_are_named(config: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        provider_of(config)
    assert isinstance(caught.value, ValueError | TypeError | RuntimeError)


def test_a_configuration_is_a_dict() -> None:
    with pytest.raises(TypeError, match="a dict, or False for none; found str"):
        checked("gpt-4")
