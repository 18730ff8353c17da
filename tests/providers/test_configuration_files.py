"""Choosing among entries, and reading them from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.test_configuration import CANARY
from typedagents.core.errors import ConfigError
from typedagents.providers import Configuration, config_list_from_json
from typedagents.providers.configuration.choosing import chosen
from typedagents.providers.configuration.fields import KNOWN
from typedagents.providers.configuration.lists import toml_entries

# --- choosing ---------------------------------------------------------------------------------------------------

LISTED = Configuration(
    [
        {"name": "small", "model": "gpt-4o-mini", "tags": ["cheap", "tool"], "api_key": CANARY},
        {"model": "gpt-4o", "tags": ["tool"], "api_key": CANARY},
        {"model": "claude[1]", "api_type": "anthropic", "api_key": CANARY},
    ],
    "a test",
)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"tags": ["cheap"]}, "small"),
        ({"tags": "t*"}, "small, gpt-4o"),
        ({"model": "gpt-4o"}, "gpt-4o"),
        ({"model": ["gpt-*", "claude*"]}, "small, gpt-4o, claude[1]"),
        ({"model": "*[1]"}, "claude[1]"),
        ({"name": "*"}, "small"),
        ({"api_type": [None, "x"]}, "small, gpt-4o"),
    ],
)
def test_entries_are_chosen_by_fields(fields: dict[str, str | list[str | None]], names: str) -> None:
    those, rest = chosen(LISTED.entries, fields), chosen(LISTED.entries, fields, exclude=True)
    assert Configuration(those).names == names
    assert len(those) + len(rest) == len(LISTED.entries)


def test_they_are_chosen_by_words_too() -> None:
    assert LISTED.where(tags=["cheap"], model="gpt*").names == "small"
    assert LISTED.where(tags="tool", exclude=True).names == "claude[1]"


def test_nothing_chosen_is_an_error_that_tells_what_there_is() -> None:
    with pytest.raises(
        ValueError, match=r"a test has no entry with tags='x'; it has small, gpt-4o, claude\[1\]"
    ):
        LISTED.where(tags="x")
    with pytest.raises(ConfigError, match="no entry but those with model='\\*'"):
        LISTED.where(model="*", exclude=True)
    named = LISTED.named("gpt-4o")
    assert named is not None
    assert named.names == "gpt-4o"
    assert LISTED.named("x") is None
    assert CANARY not in repr(LISTED)
    assert CANARY not in repr(LISTED.provider())


words = st.text("ab*?[]!-", max_size=5)


@given(words, words)
def test_only_the_star_is_special(item: str, pattern: str) -> None:
    found = bool(chosen([{"model": item}], {"model": pattern}))
    first, *rest = pattern.split("*")

    def fits(text: str, parts: list[str]) -> bool:
        if not parts:
            return not text
        return any(
            text[i:].startswith(parts[0]) and fits(text[i + len(parts[0]) :], parts[1:])
            for i in range(len(text) + 1)
        )

    assert found == (item == pattern or (item.startswith(first) and fits(item[len(first) :], rest)))


# --- files ------------------------------------------------------------------------------------------------------

TOML = f"""
[defaults]
temperature = 0

[[models]]
name = "small"
model = "m-1"
api_key = "{CANARY}"
tags = ["cheap"]

[[models]]
model = "m-2"
temperature = 1.5
extra = {{ odd = 1 }}
"""


def test_a_toml_file_holds_models_and_defaults() -> None:
    first, second = toml_entries(TOML, "f")
    assert first == {"temperature": 0, "name": "small", "model": "m-1", "api_key": CANARY, "tags": ["cheap"]}
    assert second == {"temperature": 1.5, "model": "m-2", "extra": {"odd": 1}}
    assert CANARY not in repr(first)
    assert toml_entries("", "f") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'api_key = "{CANARY}', r"^f is no TOML( \(at line 1\))?; it has"),
        (f'[[model]]\napi_key = "{CANARY}"', "found 'model'; did you mean 'models'"),
        ("zz = 1", "found 'zz'$"),
        ("models = 3", "f: models is a list of dicts; found int"),
        ("defaults = 3", "f: .defaults. is a table; found int"),
        (f'[[models]]\nmodel = "m"\napi_kee = "{CANARY}"', "f: the entry 'm': there is no field 'api_kee'"),
    ],
)
def test_what_is_wrong_in_a_toml_file_is_named(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        toml_entries(text, "f")
    assert CANARY not in f"{caught.value} {caught.value.__cause__!r}"


json_entries = st.lists(st.dictionaries(st.sampled_from(sorted(KNOWN)), st.text(), max_size=4), max_size=4)


@given(json_entries)
def test_a_list_is_read_as_it_was_written(entries: list[dict[str, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIST_FOR_TESTS", json.dumps(entries))
        assert config_list_from_json("LIST_FOR_TESTS") == entries


def test_a_list_in_a_file_is_chosen_from(tmp_path: Path) -> None:
    (tmp_path / "LIST_FOR_TESTS").write_text(json.dumps([dict(one) for one in LISTED.entries]))
    found = config_list_from_json("LIST_FOR_TESTS", str(tmp_path), {"tags": ["cheap"]})
    assert [one["model"] for one in found] == ["gpt-4o-mini"]
