"""Lists of configurations: where they come from, and choosing among them."""

from __future__ import annotations

import copy
import json
import logging
import os
import pprint
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.autogen.oai import (
    config_list_from_dotenv,
    config_list_from_json,
    config_list_from_models,
    config_list_gpt4_gpt35,
    config_list_openai_aoai,
    filter_config,
    get_config_list,
)
from typedagents.autogen.oai.openai_utils import get_config, is_valid_api_key
from typedagents.core.errors import ConfigError
from typedagents.providers.configuration.choosing import Acceptable
from typedagents.providers.configuration.hidden import HiddenText, hidden

LISTED: list[dict[str, object]] = [
    {"model": "gpt-35-turbo", "tags": ["gpt35", "cheap"]},
    {"model": "gpt-4", "tags": ["gpt4"]},
    {"model": "azure-gpt", "api_type": "azure", "api_version": "2024", "api_key": "azure-key-0123456789"},
    {"model": "local", "base_url": "http://localhost:1234/v1", "tags": []},
]
KEYS = ("OPENAI_API_KEY", "OPENAI_API_BASE", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_API_BASE")


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "ANOTHER_API_KEY", "CONFIGS_FOR_TESTS"):
        monkeypatch.delenv(name, raising=False)


# --- choosing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter_dict", "places"),
    [
        (None, [0, 1, 2, 3]),
        ({}, [0, 1, 2, 3]),
        ({"model": ["gpt-4", "local"]}, [1, 3]),
        ({"model": {"gpt-4"}}, [1]),
        ({"model": "gpt-4"}, [1]),
        ({"model": "gpt"}, []),
        ({"model": []}, []),
        ({"tags": ["gpt35", "gpt4"]}, [0, 1]),
        ({"tags": ["cheap"], "model": ["gpt-4"]}, []),
        ({"api_type": ["azure"], "api_version": ["2024"]}, [2]),
        ({"api_type": [None]}, [0, 1, 3]),
        ({"api_type": ["azure", None], "tags": [None, "gpt4"]}, [1, 2]),
    ],
)
def test_filters(filter_dict: Mapping[str, Acceptable] | None, places: list[int]) -> None:
    assert filter_config(LISTED, filter_dict) == [LISTED[place] for place in places]


fields = st.dictionaries(
    st.sampled_from(["model", "tags"]), st.lists(st.sampled_from(["a", "b", None])), min_size=1
)
configs = st.lists(st.dictionaries(st.sampled_from(["model", "tags"]), st.sampled_from(["a", "b", None])))


@given(configs, fields)
def test_each_configuration_is_either_chosen_or_excluded(
    listed: list[dict[str, str | None]], wanted: dict[str, list[str | None]]
) -> None:
    chosen, rest = filter_config(listed, wanted), filter_config(listed, wanted, exclude=True)
    assert len(chosen) + len(rest) == len(listed)
    assert [one for one in listed if one in chosen] == chosen
    assert [one for one in listed if one in rest] == rest


def test_excluding_is_the_opposite_of_the_whole() -> None:
    assert filter_config(LISTED, {"tags": ["gpt35", "gpt4"]}, exclude=True) == LISTED[2:]
    assert filter_config(LISTED, {"model": ["gpt-4"], "tags": ["cheap"]}, exclude=True) == LISTED


def test_what_is_returned_is_apart_from_what_was_given() -> None:
    filter_config(LISTED, None)[0]["model"] = "changed"
    assert LISTED[0]["model"] == "gpt-35-turbo"


def test_a_filter_is_a_dict_of_lists() -> None:
    with pytest.raises(ValueError, match=r"filter_dict\['model'\] is a list"):
        filter_config(LISTED, {"model": 3})  # type: ignore[dict-item]  # what is tested


# --- JSON -------------------------------------------------------------------------------------------------------


def test_a_list_in_a_file_or_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "configs.json"
    file.write_text(json.dumps(LISTED))
    assert config_list_from_json(str(file)) == LISTED
    assert config_list_from_json("configs.json", file_location=str(tmp_path)) == LISTED
    assert config_list_from_json(str(file), filter_dict={"tags": ["gpt4"]}) == [LISTED[1]]
    monkeypatch.setenv("CONFIGS_FOR_TESTS", json.dumps(LISTED))
    assert config_list_from_json("CONFIGS_FOR_TESTS") == LISTED
    monkeypatch.setenv("CONFIGS_FOR_TESTS", str(file))
    assert config_list_from_json("CONFIGS_FOR_TESTS", filter_dict={"model": ["local"]}) == [LISTED[3]]
    monkeypatch.setenv("CONFIGS_FOR_TESTS", json.dumps(LISTED[0]))
    assert config_list_from_json("CONFIGS_FOR_TESTS") == [LISTED[0]]


def test_each_place_looked_at_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        config_list_from_json("CONFIGS_FOR_TESTS", file_location=str(tmp_path))
    assert "environment variable CONFIGS_FOR_TESTS: not set" in str(caught.value)
    assert str(tmp_path / "CONFIGS_FOR_TESTS") in str(caught.value)
    assert isinstance(caught.value, ConfigError)
    monkeypatch.setenv("CONFIGS_FOR_TESTS", "nowhere.json")
    with pytest.raises(
        FileNotFoundError, match=r"'nowhere\.json', which the environment variable CONFIGS_FOR_TESTS"
    ):
        config_list_from_json("CONFIGS_FOR_TESTS")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"api_key": "sk-secret-0123456789",]', r"CONFIGS_FOR_TESTS holds no JSON \(line 1\)"),
        ("[3]", "list of objects"),
        ("[[]]", "list of objects"),
    ],
)
def test_bad_json_is_named_without_its_keys(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    monkeypatch.setenv("CONFIGS_FOR_TESTS", text)
    with pytest.raises(ValueError, match=words) as caught:
        config_list_from_json("CONFIGS_FOR_TESTS")
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    file = tmp_path / "configs.json"
    file.write_text("// a comment\n[]")
    with pytest.raises(ValueError, match="without comments"):
        config_list_from_json(str(file))


# --- keys -------------------------------------------------------------------------------------------------------


def test_keys_are_not_shown_and_are_texts_all_the_same() -> None:
    config = hidden(
        {
            "model": "m",
            "api_key": "sk-secret",
            "default_headers": {"x-token": "tok-secret"},
            "config_list": [{"api_key": "sk-secret"}, "odd"],
        }
    )
    for shown in (
        repr(config),
        str(config),
        pprint.pformat(config),
        f"{config}",
        repr(copy.deepcopy(config)),
    ):
        assert "sk-secret" not in shown
        assert "tok-secret" not in shown
    assert config["api_key"] == "sk-secret"
    assert json.loads(json.dumps(config))["config_list"][0] == {"api_key": "sk-secret"}
    assert f"Bearer {config['api_key']}" == "Bearer sk-secret"


def test_loaded_keys_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "configs.json"
    file.write_text(json.dumps(LISTED))
    assert "azure-key" not in repr(config_list_from_json(str(file)))
    assert "sk-1" not in repr(get_config_list(["sk-1"]))
    assert isinstance(get_config("sk-1")["api_key"], HiddenText)


@pytest.mark.parametrize(
    ("key", "looks"),
    [
        ("sk-" + "a" * 48, True),
        ("sk-proj-" + "aB3_" * 12, True),
        ("sk-short", False),
        ("your key", False),
        ("sk-" + "a" * 40 + "!", False),
    ],
)
def test_how_keys_look(key: str, looks: object) -> None:
    assert is_valid_api_key(key) is looks


# --- files of keys ----------------------------------------------------------------------------------------------


def test_one_configuration_a_key() -> None:
    made = get_config_list(["k1", " ", "k3"], ["u1", "u2", "u3"], "openai", "v1")
    assert made == [
        {"api_key": "k1", "base_url": "u1", "api_type": "openai", "api_version": "v1"},
        {"api_key": "k3", "base_url": "u3", "api_type": "openai", "api_version": "v1"},
    ]
    assert get_config_list(["k1"]) == [{"api_key": "k1"}]
    for keys in (["k1"], []):
        with pytest.raises(AssertionError, match="as many addresses as keys"):
            get_config_list(keys, ["u1", "u2"])


def test_keys_in_files(tmp_path: Path) -> None:
    (tmp_path / "key_openai.txt").write_text("o1\no2\n")
    (tmp_path / "base_openai.txt").write_text("https://a/v1\nhttps://b/v1")
    (tmp_path / "key_aoai.txt").write_text("z1")
    (tmp_path / "base_aoai.txt").write_text("https://z")
    where = str(tmp_path)
    azure = {"api_key": "z1", "base_url": "https://z", "api_type": "azure", "api_version": "2024-02-01"}
    openai = [{"api_key": "o1", "base_url": "https://a/v1"}, {"api_key": "o2", "base_url": "https://b/v1"}]
    assert config_list_openai_aoai(where) == [*openai, azure]
    assert config_list_openai_aoai(where, exclude="aoai") == openai
    assert config_list_openai_aoai(where, exclude="openai") == [azure]
    assert config_list_from_models(where, model_list=["m", "n"], exclude="openai") == [
        {**azure, "model": "m"},
        {**azure, "model": "n"},
    ]
    assert [one["model"] for one in config_list_gpt4_gpt35(where, exclude="openai")] == [
        "gpt-4",
        "gpt-3.5-turbo",
    ]
    assert config_list_openai_aoai(str(tmp_path / "nowhere")) == []


def test_variables_win_over_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key_openai.txt").write_text("from-file")
    monkeypatch.setenv("OPENAI_API_KEY", "k1\nk2")
    monkeypatch.setenv("OPENAI_API_BASE", "https://a")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "z")
    before = dict(os.environ)
    assert config_list_from_models(str(tmp_path)) == [
        {"api_key": "k1", "base_url": "https://a"},
        {"api_key": "k2", "base_url": "https://a"},
        {"api_key": "z", "api_type": "azure", "api_version": "2024-02-01"},
    ]
    assert dict(os.environ) == before


# --- .env -------------------------------------------------------------------------------------------------------


def test_keys_in_a_dotenv(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "keys"
    file.write_text("# keys\nexport OPENAI_API_KEY='o-key'\nANOTHER_API_KEY=a-key # mine\nodd line\nEMPTY=\n")
    assert config_list_from_dotenv(str(file)) == [
        {"api_key": "o-key", "model": "gpt-4"},
        {"api_key": "o-key", "model": "gpt-3.5-turbo"},
    ]
    mapped: dict[str, str | Mapping[str, object]] = {
        "gpt-4": "EMPTY",
        "mine": {"api_key_env_var": "ANOTHER_API_KEY", "base_url": "https://a", "api_type": "openai"},
    }
    with caplog.at_level(logging.WARNING):
        found = config_list_from_dotenv(str(file), mapped, {"model": ["gpt-4", "mine"]})
    assert found == [{"api_key": "a-key", "base_url": "https://a", "api_type": "openai", "model": "mine"}]
    assert "no key for model 'gpt-4': the variable EMPTY" in caplog.text
    assert "ANOTHER_API_KEY" not in os.environ


def test_the_environment_wins_over_a_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert config_list_from_dotenv()[0]["api_key"] == "from-file"
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    assert config_list_from_dotenv()[0]["api_key"] == "from-environment"


def test_a_dotenv_that_is_not_there_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert config_list_from_dotenv(str(tmp_path / "none")) == []
    assert f"there is no {tmp_path / 'none'}" in caplog.text
