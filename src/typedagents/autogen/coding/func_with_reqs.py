"""Functions that programs which a model writes may import, with what they need themselves."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, ParamSpec, TypeAlias, TypeVar, assert_never

from attrs import frozen
from typing_extensions import TypeIs

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.tools.functions.module import Definition, stub_of

P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


@frozen
class Alias:
    """``name as alias``."""

    name: str
    alias: str


@frozen
class ImportFromModule:
    """``from module import imports``."""

    module: str
    imports: Sequence[str | Alias]


Import: TypeAlias = str | ImportFromModule | Alias


@frozen
class FunctionWithRequirementsStr:
    """The text of one function; ``ValueError`` where it is none."""

    func: str
    python_packages: Sequence[str] = ()
    global_imports: Sequence[Import] = ()

    def __attrs_post_init__(self) -> None:
        _definition(self.func)


@frozen
class FunctionWithRequirements(Generic[P, T_co]):
    """A function, called as before. ``python_packages`` are what has to be installed, ``global_imports`` what it names."""

    func: Callable[P, T_co]
    python_packages: Sequence[str] = ()
    global_imports: Sequence[Import] = ()

    @classmethod
    def from_callable(
        cls,
        func: Callable[P, T_co],
        python_packages: Sequence[str] = (),
        global_imports: Sequence[Import] = (),
    ) -> FunctionWithRequirements[P, T_co]:
        return cls(func, python_packages, global_imports)

    @staticmethod
    def from_str(
        func: str, python_packages: Sequence[str] = (), global_imports: Sequence[Import] = ()
    ) -> FunctionWithRequirementsStr:
        return FunctionWithRequirementsStr(func, python_packages, global_imports)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T_co:
        return self.func(*args, **kwargs)


def with_requirements(
    python_packages: Sequence[str] = (), global_imports: Sequence[Import] = ()
) -> Callable[[Callable[P, T]], FunctionWithRequirements[P, T]]:
    """Says what a function needs."""

    def wrapper(func: Callable[P, T]) -> FunctionWithRequirements[P, T]:
        return FunctionWithRequirements(func, python_packages, global_imports)

    return wrapper


def _definition(text: str) -> Definition:
    try:
        body = ast.parse(textwrap.dedent(text)).body
    except SyntaxError as error:
        raise InvalidValue(f"the text of a function does not parse: {error}") from error
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef | ast.AsyncFunctionDef):
        raise InvalidValue(f"the text of exactly one function is wanted; found {text!r:.80}")
    return body[0]


def _node(function: object) -> Definition:
    match function:
        case FunctionWithRequirementsStr(text):
            return _definition(text)
        case FunctionWithRequirements(inner):
            return _node(inner)
        case _ if inspect.isfunction(function):
            return _definition(inspect.getsource(function))
        case _:
            raise InvalidValue(f"a function that is written somewhere is wanted; found {function!r:.60}")


def name_of(function: object) -> str:
    """What it is called."""
    return _node(function).name


def source_of(function: object) -> str:
    """Its text, without decorators."""
    node = _node(function)
    node.decorator_list = []
    return ast.unparse(node)


def to_stub(function: object) -> str:
    """Its first line and its docstring, with dots for a body."""
    return stub_of(_node(function))


def packages_of(functions: Iterable[object]) -> list[str]:
    """What has to be installed for them."""
    found = (one.python_packages for one in functions if _has_requirements(one))
    return sorted({package for packages in found for package in packages})


def module_of(functions: Sequence[object]) -> str:
    """The text of a module with these functions."""
    imports = [
        _imported(one)
        for function in functions
        if _has_requirements(function)
        for one in function.global_imports
    ]
    return "\n".join([*dict.fromkeys(imports), "", *(source_of(one) + "\n" for one in functions)])


def _has_requirements(
    function: object,
) -> TypeIs[FunctionWithRequirements[..., object] | FunctionWithRequirementsStr]:
    return isinstance(function, FunctionWithRequirements | FunctionWithRequirementsStr)


def _imported(one: Import) -> str:
    match one:
        case str(module):
            return f"import {module}"
        case Alias():
            return f"import {_aliased(one)}"
        case ImportFromModule(module, names):
            return f"from {module} import {', '.join(_aliased(name) for name in names)}"
        case _ as never:
            assert_never(never)


def _aliased(one: str | Alias) -> str:
    return one if isinstance(one, str) else f"{one.name} as {one.alias}"
