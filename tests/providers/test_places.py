"""Where models are configured, and which place counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.providers.test_configuration import CANARY
from typedagents.core.errors import ConfigError
from typedagents.providers import Configuration, find_configuration, find_named
from typedagents.providers.configuration.places import (
    KEYS,
    PLACES,
    Absent,
    config_folder,
    look_around,
    model_variable,
)
from typedagents.providers.local import LocalModel

HERE = PLACES[:-1]
"""All places but the embedded model, which is installed on some machines that run the tests."""


def look(known: Mapping[str, str], folder: Path) -> Configuration:
    return find_configuration(known, folder, places=HERE)


def entry(found: Configuration | Absent) -> Mapping[str, object]:
    assert isinstance(found, Configuration)
    [one] = found.entries
    return one


def write(path: Path, model: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".toml":
        path.write_text(f'[[models]]\nname = "n"\nmodel = "{model}"\napi_key = "{CANARY}"\n')
    else:
        path.write_text(json.dumps([{"model": model, "api_key": CANARY}]))


def steps(here: Path, home: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each place, the last first, as it comes to be set."""
    known = {"XDG_CONFIG_HOME": str(home), "APPDATA": str(home)}
    write(config_folder(known) / "typedagents.toml", "of the user")
    yield "of the user", known
    write(here / "typedagents.toml", "of the folder")
    yield "of the folder", known
    write(here / "other.toml", "of the named file")
    known |= {"TYPEDAGENTS_CONFIG": "other.toml"}
    yield "of the named file", known
    yield "of the named file", known | {"ANTHROPIC_API_KEY": "k"}  # the model is missing
    known |= {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_MODEL": "of anthropic"}
    yield "of anthropic", known
    azure = {"AZURE_OPENAI_API_KEY": "z", "AZURE_OPENAI_ENDPOINT": "https://z"}
    yield "of anthropic", known | azure  # one of the three is missing
    known |= azure | {"AZURE_OPENAI_DEPLOYMENT": "of azure", "AZURE_OPENAI_API_VERSION": "2024-06"}
    yield "of azure", known
    yield "near", known | {"OPENAI_BASE_URL": "http://localhost:1/v1", "OPENAI_MODEL": "near"}
    known |= {"OPENAI_API_KEY": "sk-1", "OPENAI_MODEL": "of openai"}
    yield "of openai", known
    write(here / "OAI_CONFIG_LIST", "of the list")
    yield "of the list", known
    write(here / "named.json", "of the named list")
    known |= {"OAI_CONFIG_LIST": "named.json"}
    yield "of the named list", known
    known |= {"OAI_CONFIG_LIST": '[{"model": "of the variable"}]'}
    yield "of the variable", known


def test_the_first_place_counts(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    seen: dict[str, str] = {}
    for model, known in steps(here, tmp_path / "home"):
        found = look(known, here)
        assert entry(found)["model"] == model
        assert CANARY not in repr(found)
        seen[model] = found.source
    assert len(set(seen.values())) == len(seen) == 10


def test_each_place_is_named_where_none_holds_anything(tmp_path: Path) -> None:
    known = {"XDG_CONFIG_HOME": str(tmp_path), "OAI_CONFIG_LIST": "[]", "GROQ_API_KEY": CANARY}
    with pytest.raises(ConfigError) as caught:
        look(known, tmp_path)
    text = str(caught.value)
    for place in (
        "the arguments: none",
        "environment variable OAI_CONFIG_LIST: an empty list",
        f"{tmp_path / 'OAI_CONFIG_LIST'}",
        "OPENAI_API_KEY: not set",
        "AZURE_OPENAI_DEPLOYMENT: not set",
        "GROQ_API_KEY is set, but not GROQ_MODEL",
        "TYPEDAGENTS_CONFIG: not set",
        f"{tmp_path / 'typedagents.toml'}",
    ):
        assert place in text
    assert CANARY not in text


@pytest.mark.parametrize("variable", ["OAI_CONFIG_LIST", "TYPEDAGENTS_CONFIG"])
def test_a_file_that_is_named_and_not_there_is_an_error(variable: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{variable} names .*nowhere"):
        look({variable: "nowhere"}, tmp_path)


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_and_a_model_of_any_service_are_enough(kind: str, tmp_path: Path) -> None:
    known = {KEYS[kind][0]: CANARY, model_variable(kind): "m"}
    found = look(known, tmp_path)
    assert entry(found) == {"model": "m", "api_type": kind, "api_key": CANARY}
    assert CANARY not in repr(found.provider())


def test_entries_are_found_by_their_names(tmp_path: Path) -> None:
    write(tmp_path / "OAI_CONFIG_LIST", "listed")
    write(tmp_path / "typedagents.toml", "named n")
    known = {"XDG_CONFIG_HOME": str(tmp_path), "OPENAI_API_KEY": "k", "OPENAI_MODEL": "of the key"}
    by_name, by_model = find_named("n", known, tmp_path), find_named("listed", known, tmp_path)
    assert by_name is not None
    assert by_model is not None
    assert (entry(by_name)["model"], entry(by_model)["model"]) == ("named n", "listed")
    assert find_named("of the key", known, tmp_path) is None


def test_looking_around_goes_on_after_what_is_broken(tmp_path: Path) -> None:
    write(tmp_path / "typedagents.toml", "m")
    known = {"OAI_CONFIG_LIST": f'[{{"api_key": "{CANARY}"', "XDG_CONFIG_HOME": str(tmp_path / "home")}
    found = list(look_around(known, tmp_path))
    assert next(one.broken for one in found if isinstance(one, Absent))
    assert next(one.names for one in found if isinstance(one, Configuration)) == "n"
    assert CANARY not in repr(found)


def test_the_embedded_model_is_the_last(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF....")
    found = PLACES[-1]({"TYPEDAGENTS_MODEL": str(file)}, tmp_path)
    if isinstance(found, Absent):
        assert "xllamacpp" in found.where
        pytest.skip(found.where)
    assert entry(found)["api_type"] == "local"
    assert LocalModel.__name__ in repr(found.provider())
    gone = PLACES[-1]({"TYPEDAGENTS_MODEL": str(tmp_path / "none")}, tmp_path)
    assert isinstance(gone, Absent)
    assert "cannot be read" in gone.where
