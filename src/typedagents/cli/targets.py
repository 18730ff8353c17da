"""From ``module:name`` or ``file.py:name`` to a team, and the world it brings, if it brings one."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from attrs import frozen

from typedagents import ConfigError, Team, World
from typedagents.core.effect import AnyEffect

USUAL_NAME = "team"
FORMS = "module:name, module, file.py:name or file.py"


@frozen
class Target:
    """A team, and the world its module defines as ``world``, if it does."""

    team: Team[AnyEffect]
    world: World[AnyEffect] | None


def load(text: str) -> Target:
    """The team that ``text`` names: a value, or a function without required arguments that returns one."""
    where, _, name = text.partition(":") if ".py:" in text or not text.endswith(".py") else (text, "", "")
    module = _module(where, text)
    value = _value(module, name, text)
    if callable(value) and not isinstance(value, Team):
        try:
            value = value()
        except TypeError as error:
            raise ConfigError(
                f"target {text!r}: {name or USUAL_NAME} cannot be called without arguments: {error}"
            ) from error
    world: object = getattr(module, "world", None)
    if isinstance(value, tuple) and len(value) == 2:
        value, world = value
    if not isinstance(value, Team):
        raise ConfigError(
            f"target {text!r} is a {type(value).__name__}, not a team; name a Team or a function that returns one"
        )
    return Target(value, world if isinstance(world, World) else None)


def _module(where: str, text: str) -> ModuleType:
    try:
        if where.endswith(".py"):
            return _from_file(Path(where), text)
        sys.path.insert(0, "")
        return import_module(where)
    except ConfigError:
        raise
    except ModuleNotFoundError as error:
        raise ConfigError(f"target {text!r}: no module named {error.name!r}; a target is {FORMS}") from error
    except Exception as error:
        raise ConfigError(
            f"target {text!r} raised {type(error).__name__} while it was imported: {error}"
        ) from error


def _from_file(path: Path, text: str) -> ModuleType:
    if not path.is_file():
        raise ConfigError(f"target {text!r}: there is no file {path}; a target is {FORMS}")
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"target {text!r}: {path} cannot be imported")
    module = module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.resolve().parent))
    spec.loader.exec_module(module)
    return module


def _value(module: ModuleType, name: str, text: str) -> object:
    teams = sorted(key for key, value in vars(module).items() if isinstance(value, Team))
    if name or hasattr(module, USUAL_NAME):
        found: object = getattr(module, name or USUAL_NAME, None)
        if found is None:
            known = ", ".join(teams) or "none"
            raise ConfigError(f"target {text!r}: {module.__name__} has no {name!r}; its teams are: {known}")
        return found
    if len(teams) != 1:
        known = ", ".join(teams) or "none"
        raise ConfigError(
            f"target {text!r}: name the team, as in {text}:{teams[0] if teams else USUAL_NAME}; teams there: {known}"
        )
    return getattr(module, teams[0])
