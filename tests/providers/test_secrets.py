"""Keys are sent and never shown."""

from __future__ import annotations

import copy
import pickle

import anyio
import msgspec
import pytest
from attrs import frozen

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.interpreter.secrets import HIDDEN, Secret
from typedagents.providers import NoKey, OpenAIChat, from_env
from typedagents.providers.keys import Key, current, is_local

KEY = "sk-Very/Secret+1234"


@frozen
class Holder:
    """Something that holds a secret."""

    key: Secret


def test_a_secret_is_in_no_representation() -> None:
    secret = Secret(f" {KEY}\n")

    assert secret.reveal() == KEY
    assert not [
        shown for shown in (repr(secret), str(secret), f"{secret}", repr(Holder(secret))) if KEY in shown
    ]
    assert [Secret(KEY), Secret(KEY)] == [copy.copy(secret), copy.deepcopy(secret)]
    assert hash(Secret(KEY)) == hash(secret)
    assert secret != KEY


def test_a_secret_is_written_nowhere() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        msgspec.json.encode(Holder(Secret(KEY)))


def test_a_secret_does_not_change() -> None:
    secret = Secret(KEY)
    with pytest.raises(AttributeError):
        secret._value = "x"
    with pytest.raises(AttributeError):
        del secret._value


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "nöt", "tab\there"])
def test_what_no_header_can_carry_is_no_secret(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Secret(value)

    assert not value.strip() or value not in str(caught.value)


@pytest.mark.parametrize("form", [KEY, "sk-Very%2FSecret%2B1234", "sk-Very\\/Secret+1234"])
def test_a_secret_is_scrubbed_in_every_form(form: str) -> None:
    assert f"wrong key {HIDDEN}!" == Secret(KEY).scrub(f"wrong key {form}!")
    assert f"wrong key {HIDDEN}!".encode() == Secret(KEY).scrub_bytes(f"wrong key {form}!".encode())


def test_a_short_secret_is_scrubbed_as_a_whole_word() -> None:
    assert f"key {HIDDEN}: expected" == Secret("x").scrub("key x: expected")
    assert Secret("x").scrub_bytes(b"expected x") == b"expected x"


def test_a_key_is_found_in_the_first_variable_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND", KEY)
    monkeypatch.setenv("FIRST", " ")

    assert Secret(KEY) == from_env("FIRST", "SECOND")


def test_a_missing_key_is_seen_at_once_and_the_error_says_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(
        ConfigError, match=r"api_key, and the environment variable OPENAI_API_KEY; .* local server needs no"
    ):
        OpenAIChat(model="m")
    with pytest.raises(ConfigError, match="looked at the environment variables A_KEY, B_KEY"):
        from_env("A_KEY", "B_KEY")


def test_openais_key_is_not_sent_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    assert Secret(KEY) == OpenAIChat(model="m").api_key
    assert NoKey() == OpenAIChat(model="m", base_url="http://localhost:8080/v1").api_key
    with pytest.raises(ConfigError, match=r"no key for models\.example\.org.*from_env"):
        OpenAIChat(model="m", base_url="https://models.example.org/v1")


@pytest.mark.parametrize("host", ["localhost", "api.localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_known_by_all_its_names(host: str) -> None:
    assert is_local(host)
    assert not is_local(f"{host}.example.org")


def test_a_provider_shows_no_key() -> None:
    provider = OpenAIChat(model="m", api_key=KEY, headers=(("x-proxy-token", KEY),))

    assert KEY not in repr(provider)
    assert provider == OpenAIChat(model="m", api_key=Secret(KEY), headers=(("x-proxy-token", KEY),))


async def later() -> str:
    return KEY


@pytest.mark.parametrize(
    "key", [Secret(KEY), lambda: KEY, lambda: Secret(KEY), later], ids=["value", "text", "secret", "async"]
)
def test_a_key_may_be_a_function(key: Key) -> None:
    assert Secret(KEY) == anyio.run(current, key, "asked")


def refuse() -> str:
    raise RuntimeError(f"vault denied {KEY}")


def test_a_key_function_that_fails_is_named_without_its_words() -> None:
    with pytest.raises(ProviderError, match="asked: the key function refuse raised RuntimeError") as caught:
        anyio.run(current, refuse, "asked")

    assert caught.value.kind == "auth"
    assert caught.value.__context__ is None
    assert anyio.run(current, NoKey(), "asked") is None


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("models.example.org/v1", "base_url is an address such as"),
        ("ftp://models.example.org", "base_url is an address such as"),
        ("https://user:pw@models.example.org/v1", "holds a user name or password"),
        ("https://models.example.org/v1?x=1", "holds a query"),
        ("http://[::1/v1", "is no address"),
        ("http://localhost:99999/v1", "is no address"),
        ("ftp://user:pw@models.example.org", "base_url is an address such as"),
        ("models.example.org/v1?key=pw", "base_url is an address such as"),
        ("http://user:pw@localhost:99999/v1", "is no address"),
        ("http://user:pw@models.example.org\u2100/v1", "is no address"),
        ("https://models.example.org/v1?key=pw", "holds a query"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_at_once(url: str, match: str) -> None:
    with pytest.raises(ConfigError, match=match) as caught:
        OpenAIChat(model="m", base_url=url, api_key=KEY)

    assert "pw" not in str(caught.value)
