"""Functions that programs which a model writes may import: a module as text, and what a model is told of it."""

from __future__ import annotations

import ast

from attrs import field, frozen

from typedagents.core.code import CodeFile
from typedagents.core.errors import ConfigError

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def definitions_in(source: str) -> tuple[Definition, ...]:
    """The functions at the top of ``source``; ``ConfigError`` where it is no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError) as error:
        raise ConfigError(f"the source of functions does not parse: {error}") from error
    return tuple(node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def stub_of(definition: Definition) -> str:
    """Its first line and its docstring, with dots for a body."""
    kind = type(definition)
    words = ast.get_docstring(definition)
    body: list[ast.stmt] = [ast.Expr(ast.Constant(words))] if words else []
    stub = kind(
        name=definition.name,
        args=definition.args,
        body=[*body, ast.Expr(ast.Constant(...))],
        decorator_list=[],
        returns=definition.returns,
    )
    return ast.unparse(ast.fix_missing_locations(stub))


def _importable(name: str) -> str:
    if not name.isidentifier():
        raise ConfigError(f"a module of functions has a name that Python can import; found {name!r:.80}")
    return name


@frozen
class FunctionsModule:
    """A module that lies beside each program. ``requirements`` are what it needs installed, as pip understands them."""

    source: str
    name: str = field(default="functions", converter=_importable)
    requirements: tuple[str, ...] = field(default=(), converter=tuple[str, ...])

    def __attrs_post_init__(self) -> None:
        if not definitions_in(self.source):
            raise ConfigError(f"module {self.name!r} holds no function for a program to import")

    @property
    def file(self) -> CodeFile:
        """Where programs import it from."""
        return CodeFile(f"{self.name}.py", self.source.encode("utf-8", "replace"))

    @property
    def told(self) -> str:
        """What to tell the model that writes the programs, in its instructions."""
        stubs = "\n\n".join(stub_of(one) for one in definitions_in(self.source))
        return (
            f"These functions are there for your programs, in the module `{self.name}`. Import what you need, as in "
            f"`from {self.name} import name_of_the_function`.\n\n```python\n{stubs}\n```"
        )
