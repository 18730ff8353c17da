"""A program's own functions, as a module for programs that a model writes: their source is read here."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType

from typedagents.core.errors import ConfigError
from typedagents.tools.functions.module import Definition, FunctionsModule, definitions_in

LATE = "from __future__ import annotations"
"""What annotations name need not be there."""


def functions_module(
    *functions: object,
    name: str = "functions",
    imports: Iterable[str] = (),
    requirements: Iterable[str] = (),
) -> FunctionsModule:
    """A module with the source of these functions, without their decorators.

    Modules that they use are imported as they are here. What else they use from around them has to be one of them, or
    to come by ``imports``, lines such as ``from math import pi``; ``ConfigError`` names what is missing.
    """
    plain = [_plain(one) for one in functions]
    named = [line.strip() for line in imports]
    there = {one.__name__ for one in plain} | _bound_by(named)
    found = [line for one in plain for line in _used(one, there)]
    sources = [ast.unparse(_undecorated(one)) for one in plain]
    head = "\n".join(dict.fromkeys((LATE, *named, *found)))
    return FunctionsModule("\n\n\n".join((head, *sources)) + "\n", name, tuple(requirements))


def _plain(function: object) -> FunctionType:
    # Tools, and what is decorated, hold the function as it was written.
    inner = inspect.unwrap(function) if callable(function) else function
    inner = getattr(inner, "function", inner)
    if not isinstance(inner, FunctionType) or inner.__name__ == "<lambda>":
        raise ConfigError(f"a function with a name, written in a file, is wanted; found {function!r:.80}")
    return inner


def _undecorated(function: FunctionType) -> Definition:
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise ConfigError(
            f"the source of {function.__name__!r} is not to be had ({error}); write FunctionsModule(source) instead"
        ) from error
    (definition,) = definitions_in(source)
    definition.decorator_list = []
    return definition


def _unannotated(definition: Definition) -> Definition:
    for node in ast.walk(definition):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return definition


def _bound_by(imports: Iterable[str]) -> set[str]:
    """The names that these lines bind; ``ConfigError`` where one is no import."""
    bound: set[str] = set()
    for line in imports:
        try:
            (statement,) = ast.parse(line).body
        except (SyntaxError, ValueError) as error:
            raise ConfigError(
                f"imports holds one import a line, such as 'import math'; found {line!r:.80}"
            ) from error
        match statement:
            case ast.Import(names) | ast.ImportFrom(names=names):
                bound |= {one.asname or one.name.partition(".")[0] for one in names}
            case _:
                raise ConfigError(
                    f"imports holds one import a line, such as 'import math'; found {line!r:.80}"
                )
    return bound


def _used(function: FunctionType, there: set[str]) -> Iterator[str]:
    """The imports that ``function`` needs further."""
    missing: list[str] = []
    for name in sorted(_free(_unannotated(_undecorated(function))) - there - set(dir(builtins))):
        value: object = function.__globals__.get(name)
        if isinstance(value, ModuleType):
            yield (
                f"import {value.__name__}" if value.__name__ == name else f"import {value.__name__} as {name}"
            )
        else:
            missing.append(name)
    if missing:
        raise ConfigError(
            f"function {function.__name__!r} uses {', '.join(missing)}, which will not be there when programs call it; give"
            " it along, name the import in imports, or write it inside the function"
        )


def _free(definition: Definition) -> set[str]:
    """The names that a function reads and does not bind."""
    read, bound = set[str](), {definition.name}
    for node in ast.walk(definition):
        match node:
            case ast.Name(name, ast.Load()):
                read.add(name)
            case ast.Name(name) | ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                bound.add(name)
            case ast.arg(name) | ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.alias(name, asname):
                bound.add(asname or name.partition(".")[0])
            case _:
                pass
    return read - bound
