"""Lists of model configurations: from JSON, files of keys and variables; and choosing among them.

A configuration is a dict: ``model``, ``api_key``, ``base_url``, ``api_type``, and any option of a call. Keys in what is
returned here are not shown by ``repr``.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from typedagents.autogen.exception_utils import FailedAssertion
from typedagents.providers.configuration.choosing import Acceptable, Config, chosen
from typedagents.providers.configuration.dotenv import dotenv
from typedagents.providers.configuration.endpoints import DEFAULT_AZURE_API_VERSION
from typedagents.providers.configuration.hidden import hidden
from typedagents.providers.configuration.lists import config_list_from_json

__all__ = [
    "config_list_from_dotenv",
    "config_list_from_json",
    "config_list_from_models",
    "config_list_gpt4_gpt35",
    "config_list_openai_aoai",
    "filter_config",
    "get_config",
    "get_config_list",
    "is_valid_api_key",
]

logger = logging.getLogger(__name__)

DOTENV_MODELS: tuple[tuple[str, str], ...] = (
    ("gpt-4", "OPENAI_API_KEY"),
    ("gpt-3.5-turbo", "OPENAI_API_KEY"),
)
_KEY = re.compile(r"sk-[A-Za-z0-9_-]{32,}")


def is_valid_api_key(api_key: str) -> bool:
    """Whether this looks like a key of OpenAI's; keys of others look otherwise."""
    return _KEY.fullmatch(api_key) is not None


def get_config(
    api_key: str | None,
    base_url: str | None = None,
    api_type: str | None = None,
    api_version: str | None = None,
) -> Config:
    """One configuration, of those of these that are given."""
    given = {"api_key": api_key, "base_url": base_url, "api_type": api_type, "api_version": api_version}
    return hidden({name: value for name, value in given.items() if value})


def get_config_list(
    api_keys: Sequence[str],
    base_urls: Sequence[str] | None = None,
    api_type: str | None = None,
    api_version: str | None = None,
) -> list[Config]:
    """One configuration for each key that is not empty, with the address in the same place."""
    if base_urls is not None and len(base_urls) != len(api_keys):
        raise FailedAssertion(
            f"as many addresses as keys are wanted; found {len(api_keys)} api_keys and {len(base_urls)} base_urls"
        )
    urls: Sequence[str | None] = base_urls if base_urls is not None else [None] * len(api_keys)
    return [
        get_config(key.strip(), url, api_type, api_version)
        for key, url in zip(api_keys, urls, strict=True)
        if key and not key.isspace()
    ]


def filter_config(
    config_list: Sequence[Mapping[str, object]],
    filter_dict: Mapping[str, Acceptable] | None,
    exclude: bool = False,
) -> list[Config]:
    """The configurations that match in every field (``chosen``); with ``exclude``, all others."""
    return chosen(config_list, filter_dict, exclude=exclude)


# --- files of keys ----------------------------------------------------------------------------------------------


def config_list_openai_aoai(
    key_file_path: str | None = ".",
    openai_api_key_file: str | None = "key_openai.txt",
    aoai_api_key_file: str | None = "key_aoai.txt",
    openai_api_base_file: str | None = "base_openai.txt",
    aoai_api_base_file: str | None = "base_aoai.txt",
    exclude: str | None = None,
) -> list[Config]:
    """Configurations for OpenAI and Azure: a key a line, from variables or else from files; those not there are left out.

    The variables are ``OPENAI_API_KEY`` and ``OPENAI_API_BASE``, ``AZURE_OPENAI_API_KEY`` and
    ``AZURE_OPENAI_API_BASE``. ``exclude``: ``"openai"`` or ``"aoai"``.
    """
    found: list[Config] = []
    if exclude != "openai":
        keys = _lines("OPENAI_API_KEY", key_file_path, openai_api_key_file)
        urls = _lines("OPENAI_API_BASE", key_file_path, openai_api_base_file)
        found += get_config_list(keys, _as_many(urls, keys))
    if exclude != "aoai":
        keys = _lines("AZURE_OPENAI_API_KEY", key_file_path, aoai_api_key_file)
        urls = _lines("AZURE_OPENAI_API_BASE", key_file_path, aoai_api_base_file)
        found += get_config_list(keys, _as_many(urls, keys), "azure", DEFAULT_AZURE_API_VERSION)
    return found


def _lines(variable: str, folder: str | None, file: str | None) -> list[str]:
    text = os.environ.get(variable, "")
    if not text and folder is not None and file is not None:
        path = Path(folder) / file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _as_many(urls: list[str], keys: Sequence[str]) -> list[str] | None:
    """One address for all keys, or one for each."""
    return urls * len(keys) if len(urls) == 1 else urls or None


def config_list_from_models(
    key_file_path: str | None = ".",
    openai_api_key_file: str | None = "key_openai.txt",
    aoai_api_key_file: str | None = "key_aoai.txt",
    aoai_api_base_file: str | None = "base_aoai.txt",
    exclude: str | None = None,
    model_list: Sequence[str] | None = None,
) -> list[Config]:
    """The configurations of ``config_list_openai_aoai``, each for each of these models."""
    configs = config_list_openai_aoai(
        key_file_path,
        openai_api_key_file,
        aoai_api_key_file,
        aoai_api_base_file=aoai_api_base_file,
        exclude=exclude,
    )
    if not model_list:
        return configs
    return [{**config, "model": model} for config in configs for model in model_list]


def config_list_gpt4_gpt35(
    key_file_path: str | None = ".",
    openai_api_key_file: str | None = "key_openai.txt",
    aoai_api_key_file: str | None = "key_aoai.txt",
    aoai_api_base_file: str | None = "base_aoai.txt",
    exclude: str | None = None,
) -> list[Config]:
    """The same for ``gpt-4`` and ``gpt-3.5-turbo``."""
    return config_list_from_models(
        key_file_path,
        openai_api_key_file,
        aoai_api_key_file,
        aoai_api_base_file,
        exclude,
        ["gpt-4", "gpt-3.5-turbo"],
    )


# --- .env -------------------------------------------------------------------------------------------------------


def config_list_from_dotenv(
    dotenv_file_path: str | None = None,
    model_api_key_map: Mapping[str, str | Mapping[str, object]] | None = None,
    filter_dict: Mapping[str, Acceptable] | None = None,
) -> list[Config]:
    """One configuration a model, with the key in a variable of the environment or of a ``.env`` file.

    ``model_api_key_map`` adds to the usual models, and says each one's variable, or a dict of ``api_key_env_var`` and
    options such as ``base_url``. Models without a key are left out, and a warning names them. The environment is left
    as it is, and wins over the file.
    """
    known = {**dotenv(dotenv_file_path), **os.environ}
    found: list[Config] = []
    for model, said in {**dict(DOTENV_MODELS), **(model_api_key_map or {})}.items():
        options: dict[str, object] = {"api_key_env_var": said} if isinstance(said, str) else dict(said)
        variable = options.pop("api_key_env_var", "OPENAI_API_KEY")
        key = known.get(str(variable), "").strip()
        if key:
            found.append({**hidden({"api_key": key, **options}), "model": model})
        else:
            logger.warning(
                "no key for model %r: the variable %s is not set, nor in a .env file", model, variable
            )
    return filter_config(found, filter_dict)
