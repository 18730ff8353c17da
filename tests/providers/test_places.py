"""Which model an agent has that was given none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from typedagents.autogen.layer.default_model import (
    PLACES,
    Absent,
    Found,
    announced,
    config_folder,
    default_model,
)
from typedagents.autogen.layer.models import provider_of
from typedagents.core.errors import ConfigError
from typedagents.providers import OpenAIChat
from typedagents.providers.local import LocalModel

HERE = PLACES[:-1]
"""All places but the embedded model, which is installed on some machines that run the tests."""


def entry(found: Found) -> Mapping[str, object]:
    listed = found.llm_config["config_list"]
    assert isinstance(listed, list)
    [one] = listed
    assert isinstance(one, dict)
    return one


def write(path: Path, model: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([{"model": model, "api_key": "k-secret"}]))


def test_the_first_place_counts(tmp_path: Path) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    known = {"XDG_CONFIG_HOME": str(home), "APPDATA": str(home)}
    steps: list[tuple[str, str]] = []

    def look() -> str:
        found = default_model(known, here, HERE)
        steps.append((f"{entry(found)['model']}", found.where))
        return steps[-1][0]

    here.mkdir()
    write(config_folder(known) / "OAI_CONFIG_LIST", "of the user")
    assert look() == "of the user"
    azure = {"AZURE_OPENAI_API_KEY": "z", "AZURE_OPENAI_ENDPOINT": "https://z"}
    known |= azure
    assert look() == "of the user"  # one of the three is missing
    known |= {"AZURE_OPENAI_DEPLOYMENT": "of azure", "AZURE_OPENAI_API_VERSION": "2024-06"}
    assert look() == "of azure"
    known |= {"OPENAI_API_KEY": "sk-1", "OPENAI_MODEL": "of openai"}
    assert look() == "of openai"
    write(here / "OAI_CONFIG_LIST", "of the folder")
    assert look() == "of the folder"
    write(here / "named.json", "of the named file")
    known["OAI_CONFIG_LIST"] = "named.json"
    assert look() == "of the named file"
    known["OAI_CONFIG_LIST"] = '[{"model": "of the variable"}]'
    assert look() == "of the variable"
    assert len({where for _, where in steps}) == 6


def test_each_place_is_named_where_none_holds_anything(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        default_model({"XDG_CONFIG_HOME": str(tmp_path), "OAI_CONFIG_LIST": "[]"}, tmp_path, HERE)
    text = str(caught.value)
    for place in (
        "llm_config and the other arguments",
        "environment variable OAI_CONFIG_LIST: an empty list",
        f"{tmp_path / 'OAI_CONFIG_LIST'}",
        "OPENAI_API_KEY: not set",
        "AZURE_OPENAI_DEPLOYMENT: not set",
        "typedagents",
        "llm_config=False",
    ):
        assert place in text


def test_a_file_that_is_named_and_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"OAI_CONFIG_LIST names .*nowhere"):
        default_model({"OAI_CONFIG_LIST": "nowhere"}, tmp_path, HERE)


def test_what_was_found_is_announced_without_its_key(tmp_path: Path) -> None:
    found = default_model(
        {"OPENAI_API_KEY": "sk-secret", "OPENAI_BASE_URL": "https://a.example/v1"}, tmp_path, HERE
    )
    assert (
        found.announcement
        == "No llm_config was given; using gpt-4 (the environment variable OPENAI_API_KEY)."
    )
    assert "sk-secret" not in repr(found)
    assert entry(found) == {"model": "gpt-4", "api_key": "sk-secret", "base_url": "https://a.example/v1"}


def test_it_is_announced_once() -> None:
    shown: list[str] = []

    def show(text: str) -> None:
        shown.append(text)

    for _ in range(3):
        announced("using m of this test", show)
    announced("using m of this test", print)
    assert shown == ["using m of this test"]


def test_what_was_found_can_be_asked(tmp_path: Path) -> None:
    provider = provider_of(default_model({"OPENAI_API_KEY": "sk-1"}, tmp_path, HERE).llm_config)
    assert "OpenAIChat" in repr(provider)
    assert OpenAIChat.__name__ in repr(provider)


def test_the_embedded_model_is_the_last(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF....")
    found = PLACES[-1]({"TYPEDAGENTS_MODEL": str(file)}, tmp_path)
    if isinstance(found, Absent):
        assert "xllamacpp" in found.where
        pytest.skip(found.where)
    assert entry(found)["api_type"] == "local"
    assert LocalModel.__name__ in repr(provider_of(found.llm_config))
    gone = PLACES[-1]({"TYPEDAGENTS_MODEL": str(tmp_path / "none")}, tmp_path)
    assert isinstance(gone, Absent)
    assert "cannot be read" in gone.where
