"""From ``module:name`` or ``file.py:name`` to a team, and the world it brings, if it brings one."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from inspect import Parameter, signature
from pathlib import Path
from types import ModuleType

from attrs import frozen

from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.registry import Teams
from typedagents.core.team import Team
from typedagents.interpreter.world import World

USUAL_NAME = "team"
WORLD = "world"
FORMS = "a target is module:name, module, file.py:name or file.py"


@frozen
class Target:
    """A team, the world it comes with, if it does, and how it was named."""

    text: str
    team: Team[AnyEffect]
    world: World[AnyEffect] | None


def load(text: str) -> Target:
    """The team that ``text`` names: a value, or a function without required arguments that returns one.

    It may come with a world: in a tuple (team, world), or as ``world`` in the same module.
    """
    where, name = _split(text)
    module = _module(where, text)
    found = _made(_named(module, name, text), name or USUAL_NAME, text)
    world: object = getattr(module, WORLD, None)
    if isinstance(found, tuple) and len(found) == 2:
        found, world = found
    if not isinstance(found, Team):
        raise ConfigError(
            f"target {text!r} is {kind_of(found)}, not a team; name a Team, or a function that returns one"
        )
    if world is not None:
        world = _made(world, WORLD, text)
    if not isinstance(world, World | None):
        raise ConfigError(
            f"target {text!r}: its {WORLD!r} is {kind_of(world)}, not a World; rename or mend it"
        )
    return Target(text, found, world)


def object_at(text: str) -> object:
    """The object that ``text`` names in a module or a file, whatever it is."""
    where, name = _split(text)
    module = _module(where, text)
    if not name or not hasattr(module, name):
        public = ", ".join(key for key in vars(module) if not key.startswith("_")) or "nothing"
        missing = f"has no {name!r}" if name else "holds several objects; name one, as in module:name"
        raise ConfigError(f"target {text!r}: {module.__name__} {missing}; in it are: {public}")
    found: object = getattr(module, name)
    return found


def attribute_at(text: str, name: str, default: object = None) -> tuple[str, object]:
    """The name of the module that ``text`` names, and what stands there under ``name``, made where that is a function."""
    module = _module(text, text)
    return module.__name__, _made(getattr(module, name, default), name, text)


def _split(text: str) -> tuple[str, str]:
    """Where to look, and the name to look for there, which may be empty."""
    where, colon, name = text.rpartition(":")
    if not colon or text.endswith(".py"):  # as in C:\teams.py
        return text, ""
    return where, name


def kind_of(value: object) -> str:
    """What sort of thing ``value`` is, with its article."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


# --- importing --------------------------------------------------------------------------------------------------


def _module(where: str, text: str) -> ModuleType:
    if where.endswith(".py"):
        path = Path(where)
        if not path.is_file():
            raise ConfigError(f"target {text!r}: there is no file {str(path)!r}; {FORMS}")
        return _guarded(lambda: _from_file(path), "while it was imported", text)
    if (top := where.partition(".")[0]) and "" not in sys.path:
        sys.path.insert(0, "")
    if not top or find_spec(top) is None:
        hint = f"; did you mean {where}.py?" if Path(f"{where}.py").is_file() else ""
        raise ConfigError(f"target {text!r}: there is no module {where!r}{hint}; {FORMS}")
    return _guarded(lambda: import_module(where), "while it was imported", text)


def _from_file(path: Path) -> ModuleType:
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = path.stem if path.stem not in sys.modules else f"typedagents_target_{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _guarded(step: Callable[[], ModuleType], when: str, text: str) -> ModuleType:
    """What ``step`` returns; whatever the user's own code raises is told in one line, with its place."""
    try:
        return step()
    except (Exception, SystemExit) as error:
        raise ConfigError(f"target {text!r} raised {_in_a_line(error)} {when}") from error


def _in_a_line(error: BaseException) -> str:
    """The last line of a traceback, and where it was raised."""
    last = traceback.format_exception_only(error)[-1].strip()
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) or not frames or frames[-1].filename.startswith("<"):
        place = f" ({error.filename}, line {error.lineno})" if isinstance(error, SyntaxError) else ""
    else:
        place = f" ({os.path.relpath(frames[-1].filename)}, line {frames[-1].lineno})"
    return f"{last}{place}"


# --- finding and calling ----------------------------------------------------------------------------------------


def _named(module: ModuleType, name: str, text: str) -> object:
    teams = sorted(key for key, value in vars(module).items() if isinstance(value, Team))
    known = f"its teams are: {', '.join(teams) or 'none'}"
    if name or hasattr(module, USUAL_NAME):
        if not hasattr(module, name or USUAL_NAME):
            raise ConfigError(f"target {text!r}: {module.__name__} has no {name!r}; {known}")
        found: object = getattr(module, name or USUAL_NAME)
        return found
    if len(teams) != 1:
        example = f"{text}:{teams[0] if teams else USUAL_NAME}"
        raise ConfigError(f"target {text!r}: which team? Name it, as in {example}; {known}")
    return getattr(module, teams[0])


def _made(value: object, name: str, text: str) -> object:
    """``value``, or what it returns when it is a function."""
    if isinstance(value, Team | Teams | World | type) or not callable(value):
        return value
    needed = _needed(value)
    if needed:
        raise ConfigError(
            f"target {text!r}: {name} needs arguments ({', '.join(needed)}); "
            "give them defaults, or name a function without"
        )
    try:
        made: object = value()
    except (ConfigError, KeyboardInterrupt):
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(f"target {text!r} raised {_in_a_line(error)} while {name}() was called") from error
    return made


def _needed(function: Callable[[], object]) -> list[str]:
    """The arguments that ``function`` cannot do without."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is Parameter.empty
        and parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    ]
