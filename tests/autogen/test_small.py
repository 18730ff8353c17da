"""Colours, counts, caches, versions, errors."""

from __future__ import annotations

import logging
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import typedagents
from typedagents.autogen import exception_utils, token_count_utils, version
from typedagents.autogen.cache import InMemoryCache
from typedagents.autogen.formatting_utils import colored
from typedagents.autogen.token_count_utils import count_token, first_tokens, get_max_token_limit
from typedagents.core.errors import ConfigError


def test_words_are_plain_where_no_colours_are_shown() -> None:
    assert colored("hi", "red", "on_blue", ["bold"], no_color=True) == "hi"
    assert colored("hi", "red") == "hi"  # standard output is captured here


def test_words_are_coloured_on_demand() -> None:
    assert colored("hi", "red", force_color=True) == "\033[31mhi\033[0m"
    assert (
        colored(3, "light_green", "on_white", ["bold"], force_color=True) == "\033[1m\033[92m\033[47m3\033[0m"
    )
    assert colored("hi", force_color=True) == "hi"


@pytest.mark.parametrize(("name", "value", "shown"), [("FORCE_COLOR", "1", True), ("NO_COLOR", "1", False)])
def test_the_environment_decides_on_colours(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: Literal[True, False]
) -> None:
    for other in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    assert (colored("hi", "red") != "hi") is shown


@pytest.mark.parametrize(
    ("model", "room"),
    [("gpt-4", 8192), ("gpt-4o-mini", 128_000), ("gpt-35-turbo-16k", 16_384), ("openai/gpt-4-32k", 32_768)],
)
def test_the_room_of_known_models(model: str, room: int) -> None:
    assert get_max_token_limit(model) == room


def test_the_room_of_an_unknown_model_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert get_max_token_limit("mystery") == 4096
    assert "mystery" in caplog.text


@given(st.text(), st.text())
def test_more_text_has_no_fewer_tokens(one: str, other: str) -> None:
    assert count_token(one) <= count_token(one + other) <= count_token(one) + count_token(other)


@given(
    st.text() | st.sampled_from(["I'm sorry, but I'm not able to", "x" * 35, "\u8a9e" * 9]),
    st.integers(0, 20),
)
def test_the_first_tokens_of_a_text_are_its_beginning(text: str, most: int) -> None:
    first = first_tokens(text, most)
    assert text.startswith(first)
    assert count_token(first) <= most
    assert first == text or count_token(text) > most


def test_words_numbers_and_signs_are_tokens() -> None:
    assert count_token("I'm sorry, but I'm not able to") == 10
    assert first_tokens("Hello there, 12345!", 4) == "Hello there, "
    assert first_tokens("Hello there, 12345!", 5) == "Hello there, 123"
    assert (count_token("x" * 35), count_token("")) == (4, 0)


def test_messages_are_counted() -> None:
    message = {"role": "user", "content": "one two three four", "name": None}
    assert count_token([message, message]) == 2 * count_token(message)
    assert count_token(message) > count_token("one two three four")
    assert token_count_utils.token_left(message, "gpt-4") == 8192 - count_token(message)
    assert 0 < token_count_utils.percentile_used(message, "gpt-4") < 1


def test_functions_are_counted() -> None:
    count = token_count_utils.num_tokens_from_functions
    bare = {"name": "f", "description": "Adds."}
    told = {"type": "integer", "description": "What is added.", "enum": [1, 2], "default": None}
    full = {**bare, "parameters": {"type": "object", "properties": {"num": told, "other": {}}}}
    assert count([bare]) == count([{**bare, "parameters": {"type": "object", "properties": {}}}]) == 24
    assert count([full, bare]) - count([bare]) == count([full]) - 12 == 31
    assert count([]) == 12


def test_messages_are_dicts_or_texts() -> None:
    assert count_token(["a text"]) > 0
    for wrong in (3, [3]):
        with pytest.raises(ValueError, match="int"):
            count_token(wrong)  # type: ignore[arg-type]  # what is tested


def test_a_cache_in_memory_keeps_seeds_apart() -> None:
    with InMemoryCache("test") as cache:
        cache.set("key", None)
        assert cache.get("key", "missing") is None
        assert cache.get("other", "missing") == "missing"
        assert cache._prefixed_key("key") == "test_key"
    assert InMemoryCache()._prefixed_key("key") == "key"


def test_the_version_is_ours() -> None:
    assert version.__version__ == typedagents.__version__


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("AgentNameConflict", Exception),
        ("NoEligibleSpeaker", Exception),
        ("SenderRequired", Exception),
        ("InvalidCarryOverType", Exception),
        ("UndefinedNextAgent", Exception),
    ],
)
def test_errors_say_something_by_themselves(name: str, also: type[Exception]) -> None:
    kind = getattr(exception_utils, name)
    assert issubclass(kind, also)
    assert issubclass(kind, ConfigError)
    assert str(kind())
    assert str(kind("words")) == "words"


@pytest.mark.parametrize(
    ("ours", "pythons"),
    [
        (exception_utils.InvalidValue, ValueError),
        (exception_utils.InvalidType, TypeError),
        (exception_utils.NotFound, FileNotFoundError),
        (exception_utils.NotRegistered, RuntimeError),
        (exception_utils.FailedAssertion, AssertionError),
    ],
)
def test_what_is_caught_as_pythons_is_a_config_error_too(
    ours: type[ConfigError], pythons: type[Exception]
) -> None:
    with pytest.raises(pythons, match=r"^said$"):
        raise ours("said")
