"""Servers that are known by name: where they are, whose key they get, and how they are spoken to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec
import pytest
from attrs import evolve

from tests.providers.asking import KEY, ask
from tests.providers.loopback import said, serving, whole
from tests.providers.recorded import CORPUS, MISSING
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, Settings
from typedagents.interpreter.secrets import Secret
from typedagents.providers import (
    OPENAI,
    PROFILES,
    NoKey,
    OpenAIChat,
    Profile,
    azure_deployment,
    compatible,
)
from typedagents.providers.formats.openai_chat import encode
from typedagents.providers.recording import read_exchanges

PLACES = {
    "AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/",
    "DATABRICKS_HOST": "adb-1.azuredatabricks.net",
    "SNOWFLAKE_ACCOUNT": "org-mine",
    "CLOUDFLARE_ACCOUNT_ID": "abc",
    "AWS_REGION": "eu-west-1",
}
CALLED_ELSEWHERE = {"azure": "azure-openai"}
"""What the corpus calls them."""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every place and every key there is, each key another one."""
    for name, value in PLACES.items():
        monkeypatch.setenv(name, value)
    for profile in PROFILES.values():
        for name in profile.keys:
            monkeypatch.setenv(name, f"key-in-{name}")
    return monkeypatch


@pytest.mark.parametrize("name", PROFILES)
def test_a_name_is_enough(name: str, environment: pytest.MonkeyPatch) -> None:
    del environment
    server = compatible(name, "m")

    assert (server.model, server.profile.provider) == ("m", name)
    assert "{" not in server.base_url
    local = server.host == "localhost"
    assert server.api_key == (NoKey() if local else Secret(f"key-in-{server.profile.keys[0]}"))


def test_addresses_are_filled_with_what_the_environment_holds(environment: pytest.MonkeyPatch) -> None:
    urls = {name: compatible(name).base_url for name in ("azure", "databricks", "snowflake", "cloudflare")}

    assert urls == {
        "azure": "https://mine.openai.azure.com/openai/v1",
        "databricks": "https://adb-1.azuredatabricks.net/serving-endpoints",
        "snowflake": "https://org-mine.snowflakecomputing.com/api/v2/cortex/v1",
        "cloudflare": "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1",
    }
    environment.delenv("DATABRICKS_HOST")
    with pytest.raises(ConfigError, match=r"does not hold DATABRICKS_HOST; set it, or give base_url"):
        compatible("databricks")


def test_a_service_s_key_is_not_sent_elsewhere(environment: pytest.MonkeyPatch) -> None:
    del environment
    with pytest.raises(ConfigError, match=r"no key for proxy\.example\.org"):
        compatible("groq", base_url="https://proxy.example.org/v1")
    assert compatible("groq", base_url="http://localhost:1").api_key == NoKey()
    assert compatible("groq", base_url="https://proxy.example.org", api_key=KEY).api_key == Secret(KEY)
    with pytest.raises(ConfigError, match="no key for api"):
        compatible(Profile(provider="bare", base_url="https://api.example.org"))


def test_a_known_host_is_spoken_to_as_it_wants(environment: pytest.MonkeyPatch) -> None:
    server = OpenAIChat(model="m", base_url="https://api.groq.com/openai/v1")

    assert server == compatible("groq", "m")
    environment.delenv("GROQ_API_KEY")
    with pytest.raises(ConfigError, match="GROQ_API_KEY"):
        OpenAIChat(model="m", base_url="https://api.groq.com/openai/v1")
    assert OpenAIChat(model="m").profile == OPENAI
    assert OpenAIChat(model="m", base_url="http://localhost:8000/v1").profile.provider == "localhost:8000"


def test_unknown_names_are_told_with_those_that_are_known() -> None:
    with pytest.raises(
        ConfigError, match=r"no server is known as 'xyzzy'; known are .*groq.* For another one give"
    ):
        compatible("xyzzy")
    with pytest.raises(ConfigError, match="the profile of 'mine' names no base_url"):
        compatible(Profile(provider="mine"))


def test_a_server_of_one_s_own_is_one_value(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("MINE_KEY", KEY)
    with serving(whole(said("hello"))) as server:
        mine = Profile(provider="mine", base_url=server.url, keys=("MINE_KEY",), path="/talk", names="none")
        reply = ask(compatible(mine, "m", api_key=KEY, settings=Settings(seed=1)), backend)
        asked = server.asked[0]

    assert (reply.text, reply.provider) == ("hello", "mine")
    assert asked.line == "POST /v1/talk HTTP/1.1"
    assert asked.json == {"model": "m", "messages": [{"role": "user", "content": "hi"}], "seed": 1}


def test_a_deployment_at_azure_s_older_address(environment: pytest.MonkeyPatch, backend: str) -> None:
    del environment
    profile = azure_deployment("gpt 4", "2024-10-21")
    with serving(whole(said("hello"))) as server:
        provider = compatible(profile, "gpt", base_url=server.url.removesuffix("/v1"), api_key=KEY)
        assert ask(provider, backend).provider == "azure"
        asked = server.asked[0]

    assert asked.line == "POST /openai/deployments/gpt%204/chat/completions?api-version=2024-10-21 HTTP/1.1"
    assert asked.headers["api-key"] == KEY
    assert compatible(profile, "gpt").base_url == "https://mine.openai.azure.com"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai", {"max_completion_tokens": 5, "seed": 1, "tool_choice": "required"}),
        ("mistral", {"max_tokens": 5, "random_seed": 1, "tool_choice": "any"}),
        ("deepseek", {"max_tokens": 5, "seed": 1, "tool_choice": "required"}),
    ],
)
def test_words_that_differ(name: str, expected: dict[str, object]) -> None:
    chosen = Settings(max_tokens=5, seed=1, tool_choice="required")
    request = CallModel(Transcript([Message("you", "hi")]), "me", settings=chosen)
    body = encode(request, evolve(PROFILES[name], names="none"), model="m", stream=False).body

    sent = msgspec.json.decode(body, type=dict[str, object])
    assert {key: value for key, value in sent.items() if key not in ("model", "messages")} == expected


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_recorded_servers_are_known_and_were_asked_at_these_paths() -> None:
    asked: dict[str, set[str]] = {}
    for file in CORPUS.glob("*.jsonl"):
        for exchange in read_exchanges(file):
            if exchange.endpoint == "chat.completions" and "no-request" not in exchange.tags:
                asked.setdefault(exchange.provider, set()).add(exchange.request.path.partition("?")[0])
    known = {CALLED_ELSEWHERE.get(name, name): profile for name, profile in PROFILES.items()}

    assert set(asked) <= set(known)
    for name in set(asked) - {"azure-openai"}:
        profile = known[name]
        base = re.sub(r"\{DATABRICKS_HOST\}", "https://x", profile.base_url)
        path = urlsplit(base).path.replace("{CLOUDFLARE_ACCOUNT_ID}", "ACCOUNT") + profile.path
        assert path in asked[name], name
