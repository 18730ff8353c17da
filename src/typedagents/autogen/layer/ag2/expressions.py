"""Conditions on context variables, read from text into values, and as rules of the core.

Python's own parser reads an expression; what it means is said here, for what is listed here and nothing else.
"""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import frozen
from msgspec.json import decode

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core.log import Log
from typedagents.core.rule import Rule

Values: TypeAlias = Mapping[str, object]


class Expression(ABC):
    """Something that has a value where the context variables have theirs."""

    __slots__ = ()

    @abstractmethod
    def value(self, values: Values, /) -> object: ...


@frozen
class Constant(Expression):
    """What is written."""

    it: object

    def value(self, values: Values, /) -> object:
        return self.it


@frozen
class Named(Expression):
    """What a variable holds."""

    name: str

    def value(self, values: Values, /) -> object:
        if self.name not in values:
            raise KeyError(
                f"context variable {self.name!r} was never set; set are: {', '.join(sorted(values)) or 'none'}"
            )
        return values[self.name]


@frozen
class Length(Expression):
    """How long something is."""

    of: Expression

    def value(self, values: Values, /) -> object:
        found = self.of.value(values)
        if isinstance(found, str | list | dict | tuple | set):
            return len(found)
        raise InvalidValue(f"len() is of texts, lists and dicts; found {found!r:.60}")


@frozen
class Not(Expression):
    """Whether something is false."""

    of: Expression

    def value(self, values: Values, /) -> object:
        return not self.of.value(values)


@frozen
class Joined(Expression):
    """Whether all are true, or, where not ``all``, one is."""

    parts: tuple[Expression, ...]
    every: bool

    def value(self, values: Values, /) -> object:
        return (all if self.every else any)(part.value(values) for part in self.parts)


@frozen
class Compared(Expression):
    """Whether each is in its relation to the next."""

    parts: tuple[Expression, ...]
    signs: tuple[str, ...]

    def value(self, values: Values, /) -> object:
        found = [part.value(values) for part in self.parts]
        return all(
            related(one, sign, other) for (one, other), sign in zip(pairwise(found), self.signs, strict=True)
        )


ORDERS: Final[Mapping[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
SIGNS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def related(one: object, sign: str, other: object) -> bool:
    """Whether two values are in this relation; ``ValueError`` where they have no order."""
    if sign in ("==", "!="):
        return (one == other) == (sign == "==")
    if isinstance(one, int | float) and isinstance(other, int | float):
        return ORDERS[sign]((one > other) - (one < other))
    if isinstance(one, str) and isinstance(other, str):
        return ORDERS[sign]((one > other) - (one < other))
    raise InvalidValue(f"these have no order: {one!r:.40} {sign} {other!r:.40}")


# --- reading ----------------------------------------------------------------------------------------------------

TOKEN: Final = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|\$\{(?P<name>[^{}]*)\}|(?P<and>\s&\s)|(?P<or>\s\|\s)|(?P<not>!(?!=))"""
)


def read(text: str) -> Expression:
    """``text`` as an expression; ``ValueError`` where it is none, or does what no condition may."""
    names: list[str] = []

    def plain(found: re.Match[str]) -> str:
        kind = found.lastgroup
        if kind == "name":
            names.append(found["name"].strip())
            return f" _{len(names) - 1} "
        words = {"and": " and ", "or": " or ", "not": " not "}
        return words.get(kind or "", found[0])

    if not isinstance(text, str):
        raise InvalidValue(f"an expression is a text; found {text!r:.60}")
    try:
        tree = ast.parse(TOKEN.sub(plain, text).strip(), mode="eval")
    except SyntaxError as error:
        raise InvalidValue(f"the expression {text!r:.100} cannot be read: {error.msg}") from error
    return _Reading(text, names).of(tree.body)


@frozen
class _Reading:
    """Reads the tree of ``text``, in which the variables ``names`` stand as ``_0``, ``_1``, ..."""

    text: str
    names: list[str]

    def of(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=str() | int() | float() | None as value):
                return Constant(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return Constant(-value)
            case ast.Name(id=name) if (
                name[:1] == "_" and name[1:].isdecimal() and int(name[1:]) < len(self.names)
            ):
                return Named(self.names[int(name[1:])])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.of(operand))
            case ast.BoolOp(op=op, values=values):
                return Joined(tuple(map(self.of, values)), isinstance(op, ast.And))
            case ast.Call(func=ast.Name(id="len"), args=[one], keywords=[]):
                return Length(self.of(one))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in SIGNS for op in ops):
                parts = tuple(map(self.of, (left, *others)))
                return Compared(parts, tuple(SIGNS[type(op)] for op in ops))
            case _:
                raise InvalidValue(
                    f"the expression {self.text!r:.100} may compare ${{variables}}, texts and numbers, join that by and, or, "
                    f"not, and ask for len(); found {ast.unparse(node)!r:.60}"
                )


# --- as rules ---------------------------------------------------------------------------------------------------


def values_in(log: Log) -> Values:
    """What the context variables of a conversation hold."""
    return {name: decode(json) for name, json in log.context.values.items()}


@frozen
class VariableHolds(Rule):
    """Whether a context variable is set to something true."""

    name: str

    def __call__(self, log: Log, /) -> bool:
        json = log.context.values.get(self.name)
        return json is not None and bool(decode(json))

    def __str__(self) -> str:
        return self.name


@frozen
class ExpressionHolds(Rule):
    """Whether an expression is true."""

    expression: Expression
    text: str

    def __call__(self, log: Log, /) -> bool:
        return bool(self.expression.value(values_in(log)))

    def __str__(self) -> str:
        return self.text
