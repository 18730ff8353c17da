"""Lists of model configurations: from JSON, files of keys and variables; and choosing among them.

A configuration is a dict: ``model``, ``api_key``, ``base_url``, ``api_type``, and any option of a call. Keys in what is
returned here are not shown by ``repr``.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from typedagents.autogen.exception_utils import FailedAssertion, InvalidValue, NotFound
from typedagents.autogen.layer.hidden import hidden

logger = logging.getLogger(__name__)

Config: TypeAlias = dict[str, object]
Acceptable: TypeAlias = str | Iterable[str | None]
"""The values of a field that match; None stands for a configuration that does not have it."""

DEFAULT_AZURE_API_VERSION = "2024-02-01"
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


# --- JSON -------------------------------------------------------------------------------------------------------


def config_list_from_json(
    env_or_file: str, file_location: str | None = "", filter_dict: Mapping[str, Acceptable] | None = None
) -> list[Config]:
    """The list in the environment variable of this name, which holds JSON or the path of a file; else in the file.

    ``FileNotFoundError`` names each place looked at; ``ValueError`` says what is wrong with the JSON.
    """
    found = os.environ.get(env_or_file, "").strip()
    looked = [f"the environment variable {env_or_file}" + ("" if found else ": not set")]
    if found.startswith(("[", "{")):
        text, where = found, looked[0]
    else:
        path = Path(found) if found else Path(file_location or "") / env_or_file
        where = f"the file {str(path)!r}"
        if found:
            where += f", which the environment variable {env_or_file} names"
        text = _read(path, [*looked, where] if not found else [where])
    return filter_config(configs_in(text, where), filter_dict)


def _read(path: Path, looked: Sequence[str]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(
            f"no list of configurations; looked at: {'; '.join(looked)} ({error.strerror}). Write it there, as"
            ' [{"model": "...", "api_key": "..."}]'
        ) from error


def configs_in(text: str, where: str) -> list[Config]:
    """The configurations that are written in ``text``; of ``ValueError``, ``where`` says what it is about."""
    try:
        data = json.loads(text)
    except ValueError as error:
        # Without the text itself, in which keys stand.
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidValue(
            f"{where} holds no JSON{place}; it is a list of objects, without comments"
        ) from None
    entries = [data] if isinstance(data, dict) else data
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise InvalidValue(f"{where}: a list of objects is wanted, one for each model")
    return [hidden(one) for one in entries]


# --- choosing ---------------------------------------------------------------------------------------------------


def filter_config(
    config_list: Sequence[Mapping[str, object]],
    filter_dict: Mapping[str, Acceptable] | None,
    exclude: bool = False,
) -> list[Config]:
    """The configurations that match in every field; with ``exclude``, all others.

    A field that is a list, such as ``tags``, matches where one of its items does. Where None is acceptable, a
    configuration without that field matches too.
    """
    wanted = {name: _acceptable(name, values) for name, values in (filter_dict or {}).items()}
    if not wanted:
        return [dict(config) for config in config_list]
    return [dict(config) for config in config_list if _matches(config, wanted) is not exclude]


def _acceptable(name: str, values: object) -> list[object]:
    if isinstance(values, str):
        return [values]
    if not isinstance(values, Iterable):
        raise InvalidValue(f"filter_dict[{name!r}] is a list of acceptable values; found {values!r:.60}")
    return list(values)


def _matches(config: Mapping[str, object], wanted: Mapping[str, Sequence[object]]) -> bool:
    for name, values in wanted.items():
        held = config.get(name)
        items = held if isinstance(held, list | tuple | set) else [held]
        if not any(item in values for item in items):
            return False
    return True


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
    known = {**_dotenv(dotenv_file_path), **os.environ}
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


def _dotenv(path: str | None) -> dict[str, str]:
    """What the file says: the one named, or the nearest ``.env`` in this folder and those above."""
    if path is None:
        here = Path.cwd()
        file = next((one / ".env" for one in (here, *here.parents) if (one / ".env").is_file()), None)
    else:
        file = Path(path) if Path(path).is_file() else None
    if file is None:
        logger.warning("there is no %s; only the environment is looked at", path or ".env file")
        return {}
    return dict(_assignments(file.read_text(encoding="utf-8")))


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not equals or name.startswith("#"):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        yield name.strip(), value
