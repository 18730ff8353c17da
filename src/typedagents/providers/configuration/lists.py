"""Lists of entries as JSON and TOML write them, in files and in variables of the environment."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from .choosing import Acceptable, Config, chosen
from .errors import InvalidValue, NotFound
from .fields import check_fields
from .hidden import hidden
from .options import dicts_in

TABLES = ("models", "defaults")
_LINE = re.compile(r"at line \d+")


def config_list_from_json(
    env_or_file: str, file_location: str | None = "", filter_dict: Mapping[str, Acceptable] | None = None
) -> list[Config]:
    """The list in the environment variable of this name, which holds JSON or the path of a file; else in the file.

    ``filter_dict`` chooses among the entries (``chosen``). ``FileNotFoundError`` names each place looked at;
    ``ValueError`` says what is wrong with the JSON.
    """
    found = os.environ.get(env_or_file, "").strip()
    variable = f"the environment variable {env_or_file}"
    if is_json(found):
        return chosen(json_entries(found, variable), filter_dict)
    path = Path(found) if found else Path(file_location or "") / env_or_file
    where = f"the file {str(path)!r}"
    looked = [f"{where}, which {variable} names"] if found else [f"{variable}: not set", where]
    return chosen(json_entries(_read(path, looked), looked[-1]), filter_dict)


def is_json(text: str) -> bool:
    """Whether this is a list itself, and not the path of one."""
    return text.startswith(("[", "{"))


def _read(path: Path, looked: Sequence[str]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(
            f"no list of configurations; looked at: {'; '.join(looked)} ({error.strerror}). Write it there, as"
            ' [{"model": "...", "api_key": "..."}]'
        ) from error


def json_entries(text: str, where: str) -> list[Config]:
    """The entries that are written in ``text``; of ``ValueError``, ``where`` says what it is about."""
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


def toml_entries(text: str, where: str) -> list[Config]:
    """The ``[[models]]`` of a ``typedagents.toml``, each completed by its ``[defaults]``, with their fields checked."""
    try:
        data: Mapping[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _LINE.search(str(error))
        raise InvalidValue(
            f"{where} is no TOML{f' ({place[0]})' if place else ''}; it has a [[models]] table for each model"
        ) from None
    for name in data:
        if name not in TABLES:
            near = get_close_matches(name, TABLES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InvalidValue(f"{where} has the tables [[models]] and [defaults]; found {name!r}{hint}")
    common = data.get("defaults") or {}
    if not isinstance(common, Mapping):
        raise InvalidValue(f"{where}: [defaults] is a table; found {type(common).__name__}")
    return _within(where, lambda: [_completed(common, one) for one in dicts_in(data, "models")])


def _completed(common: Mapping[str, object], entry: Mapping[str, object]) -> Config:
    whole = hidden({**common, **entry})
    check_fields(whole)
    return whole


def _within(where: str, step: Callable[[], list[Config]]) -> list[Config]:
    try:
        return step()
    except InvalidValue as error:
        raise InvalidValue(f"{where}: {error}") from None
