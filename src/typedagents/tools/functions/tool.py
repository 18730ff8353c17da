"""A tool made of a function: what it is, and what can be made of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator, Mapping
from functools import partial
from types import MethodType
from typing import Concatenate, Generic, ParamSpec, Self, overload

from attrs import evolve, field, frozen
from typing_extensions import TypeVar

from typedagents.core.context import Context
from typedagents.core.effect import AnyEffect, E, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.model import ToolSpec
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.tool import Approve, CallTool
from typedagents.core.view import View
from typedagents.tools.decoding import decoded
from typedagents.tools.given import Given
from typedagents.tools.schema import schema_text

from .calls import Called, Calling, WhenApproved
from .injection import carried, filled, needs_of
from .names import found_at, name_of, underlying
from .options import Manner
from .parameters import Arguments, Parameters, signature_of

P = ParamSpec("P")
P2 = ParamSpec("P2")
R2 = TypeVar("R2")
S = TypeVar("S")
E2 = TypeVar("E2", bound=AnyEffect)
R_co = TypeVar("R_co", covariant=True)
_KEPT = ("__qualname__", "__module__", "__doc__")


class _Wrapping:
    """Gives its instances a ``__dict__``, where a function keeps its name, module and docstring."""

    __name__: str


@frozen(repr=False)
class ToolOfFunction(Called[E_co], _Wrapping, Generic[R_co, E_co]):
    """What ``FunctionTool`` and ``PartialTool`` share."""

    parameters: Parameters = field(eq=False)

    @abstractmethod
    def given(self, arguments: Arguments, /) -> R_co:
        """What the function returns for these."""

    @property
    def needs(self) -> tuple[type, ...]:
        return needs_of(self.parameters.injections)

    def check(self, arguments: str, /) -> object:
        return decoded(arguments, self.parameters.shaped)

    def carried(self, context: Context, /) -> tuple[tuple[str, str], ...]:
        return carried(self.parameters.injections, context)

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[E_co], object, ToolResult]:
        self._prove_taken()
        return super().answer(call, view)

    def invoke(self, effect: CallTool, call: Call, given: Given, /) -> R_co:
        self._prove_taken()
        sent = decoded(effect.arguments, self.parameters.shaped)
        besides = filled(self.parameters.injections, effect, call, given)
        return self.given(self.parameters.arguments(sent, besides))

    def _prove_taken(self) -> None:
        if self.parameters.receiver:
            raise ConfigError(
                f"tool {self.spec.name!r} is a method: take it from an instance, as in `toolset(thing.{self.spec.name})`"
            )

    def _keep(self, function: object, named: object) -> None:
        """To who inspects it this looks like ``function``, and is called as ``named`` is."""
        kept = {name: getattr(named, name) for name in _KEPT if hasattr(named, name)}
        vars(self).update(kept, __name__=name_of(named), __wrapped__=function)

    def __repr__(self) -> str:
        return f"tool({self.spec.name!r})"


def _likeness(function: object) -> object:
    """What makes two functions alike; for two partials, that they fill the same with equal values."""
    return (function.func, function.args, function.keywords) if isinstance(function, partial) else function


@frozen(repr=False)
class FunctionTool(ToolOfFunction[R_co, E_co], Generic[P, R_co, E_co]):
    """A function that models can call, and programs as before. Made by ``tool``.

    Two are equal that tell a model the same, and call the same function in the same manner.
    """

    function: Callable[P, R_co] = field(eq=_likeness, hash=False)

    def __attrs_post_init__(self) -> None:
        self._keep(self.function, underlying(self.function))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        return self.function(*args, **kwargs)

    def given(self, arguments: Arguments, /) -> R_co:
        return arguments.given_to(self.function)

    @overload
    def __get__(self, instance: None, owner: type | None = None, /) -> Self: ...
    @overload
    def __get__(
        self: FunctionTool[Concatenate[S, P2], R2, E2], instance: S, owner: type | None = None, /
    ) -> FunctionTool[P2, R2, E2]: ...
    def __get__(self: FunctionTool[P2, R2, E2], instance: object, owner: type | None = None, /) -> object:
        """A method's tool, of this instance. A tool that is no method (its first parameter is no ``self``) stays."""
        if instance is None or not self.parameters.receiver:
            return self
        method = MethodType(self.function, instance)
        return FunctionTool(self.told, self.calling, self.manner, self.parameters.taken(), method)

    def bind(self, **values: object) -> PartialTool[R_co, E_co]:
        """The same tool with these parameters filled: they are hidden from the model, and no trace shows them.

        ``ConfigError`` for a name that no parameter has, and for one that is filled by position only.
        """
        self._prove_taken()
        parameters = self.parameters.without(values)
        told = evolve(self.told, parameters=schema_text(parameters.shaped))
        whole: partial[R_co] = partial(self.function)
        return PartialTool(told, self.calling, self.manner, parameters, partial(whole, **values))

    def with_approval(self) -> FunctionTool[P, R_co, E_co | Approve]:
        """The same tool, each of whose calls needs approval."""
        calling = WhenApproved(self.calling)
        return FunctionTool(self.told, calling, self.manner, self.parameters, self.function)

    def __reduce__(self) -> str | tuple[object, ...]:
        """A tool that stands in a module is pickled by its name, as functions are; others with what they are made of."""
        if found_at(self) is self:
            return f"{vars(self)['__qualname__']}"
        return _unpickled, (self.told, self.calling, self.manner, _portable(self, self.function))


@frozen(repr=False)
class PartialTool(ToolOfFunction[R_co, E_co], Generic[R_co, E_co]):
    """A tool some of whose parameters are filled: what ``FunctionTool.bind`` makes.

    No checker sees what it is called with: types can take no names off a function's parameters.
    """

    function: partial[R_co] = field(eq=_likeness, hash=False)

    def __attrs_post_init__(self) -> None:
        self._keep(self.function, underlying(self.function))

    def __call__(self, *args: object, **kwargs: object) -> R_co:
        return self.function(*args, **kwargs)

    def given(self, arguments: Arguments, /) -> R_co:
        return arguments.given_to(self.function)

    def bind(self, **values: object) -> PartialTool[R_co, E_co]:
        """See ``FunctionTool.bind``."""
        parameters = self.parameters.without(values)
        told = evolve(self.told, parameters=schema_text(parameters.shaped))
        return PartialTool(told, self.calling, self.manner, parameters, partial(self.function, **values))

    def with_approval(self) -> PartialTool[R_co, E_co | Approve]:
        """See ``FunctionTool.with_approval``."""
        calling = WhenApproved(self.calling)
        return PartialTool(self.told, calling, self.manner, self.parameters, self.function)

    def __reduce__(self) -> tuple[object, ...]:
        filled = self.function.args, self.function.keywords
        return _refilled, (self.told, self.calling, self.manner, _portable(self, self.function.func), *filled)


# --- pickling ---------------------------------------------------------------------------------------------------


def _portable(one: ToolOfFunction[R2, E], function: object) -> object:
    """``function`` as pickle finds it again: where a tool stands in the place of its function, that goes for it."""
    found = found_at(one)
    return found if isinstance(found, FunctionTool) and found.function is function else function


def _plain(function: object) -> object:
    return function.function if isinstance(function, FunctionTool) else function


def _unpickled(told: ToolSpec, calling: Calling[E], manner: Manner, portable: object) -> Called[E]:
    function = _plain(portable)
    assert callable(function), f"expected a function, got {function!r:.60}"
    return FunctionTool(told, calling, manner, signature_of(function, f"tool {told.name!r}", {}), function)


def _refilled(
    told: ToolSpec,
    calling: Calling[E],
    manner: Manner,
    portable: object,
    args: tuple[object, ...],
    keywords: Mapping[str, object],
) -> Called[E]:
    function = _plain(portable)
    assert callable(function), f"expected a function, got {function!r:.60}"
    filled = partial(function, *args, **keywords)
    return PartialTool(told, calling, manner, signature_of(filled, f"tool {told.name!r}", {}), filled)
