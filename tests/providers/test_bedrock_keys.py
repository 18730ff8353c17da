"""Where Bedrock's keys and region come from, and to whom they go."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.providers.asking import KEY
from typedagents.core.errors import ConfigError
from typedagents.providers import AwsKeys, Bedrock, NoKey

KEYS = AwsKeys("AKIDEXAMPLE", KEY, "session-token-0123456789")

VARIABLES = {
    "AWS_BEARER_TOKEN_BEDROCK": KEY,
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": KEY,
    "AWS_SESSION_TOKEN": "session-token-0123456789",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "us-east-2",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_region_and_keys_are_in_the_environment(environment: pytest.MonkeyPatch) -> None:
    bearer = Bedrock(model="m")
    environment.delenv("AWS_BEARER_TOKEN_BEDROCK")
    environment.delenv("AWS_REGION")
    signing = Bedrock(model="m")
    environment.delenv("AWS_SESSION_TOKEN")
    lasting = Bedrock(model="m", region="us-west-1")

    assert bearer.base_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert bearer == evolve(bearer, api_key=KEY)
    assert (signing.region, signing.api_key) == ("us-east-2", KEYS)
    assert lasting.base_url == "https://bedrock-runtime.us-west-1.amazonaws.com"
    assert lasting.api_key == AwsKeys("AKIDEXAMPLE", KEY)
    assert KEY not in repr((bearer, signing, lasting))


def test_keys_of_the_environment_go_to_amazon_only(environment: pytest.MonkeyPatch) -> None:
    del environment
    assert Bedrock(model="m", base_url="http://localhost:1").api_key == NoKey()
    with pytest.raises(ConfigError, match=r"no key for proxy\.example\.org; looked at the argument api_key;"):
        Bedrock(model="m", base_url="https://proxy.example.org")


def test_what_is_missing_is_told(environment: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        environment.delenv(name)

    with pytest.raises(ConfigError, match=r"no address for Bedrock.*AWS_REGION, AWS_DEFAULT_REGION"):
        Bedrock(model="m")
    with pytest.raises(ConfigError, match="AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID"):
        Bedrock(model="m", region="eu-west-1")
    with pytest.raises(ConfigError, match="a signature holds for one region"):
        Bedrock(model="m", base_url="http://localhost:1", api_key=KEYS)
    assert Bedrock(model="m", base_url="http://localhost:1").region == ""
