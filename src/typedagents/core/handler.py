"""Handlers: who performs which effects, as data. Nothing is called here; the interpreter does that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, Protocol
from typing import TypeVar as PlainTypeVar

from attrs import field, frozen
from typing_extensions import TypeIs, TypeVar

from .errors import ConfigError

if TYPE_CHECKING:
    from .effect import Effect

E = PlainTypeVar("E", bound="Effect[object]")
E1 = PlainTypeVar("E1", bound="Effect[object]")
E2 = PlainTypeVar("E2", bound="Effect[object]")
E_contra = TypeVar("E_contra", bound="Effect[object]", contravariant=True)


class Call(Protocol):
    """What a handler may know of the one performance it is asked for.

    ``id`` is stable over replays and crashes, and different for every effect of a run: give it to a service as its
    idempotency key. ``attempt`` starts at 1. ``deadline_s`` is how many seconds are left, where someone set a limit.
    """

    @property
    def id(self) -> str: ...
    @property
    def run(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def deadline_s(self) -> float | None: ...

    def emit(self, observation: object, /) -> None:
        """Show something to the watchers now (a token that streams in). Never recorded as a result."""
        ...


Answer = Callable[["Effect[object]", Call], object]
"""What performs one effect; may return an awaitable."""


Table = Mapping[type["Effect[object]"], Answer]


def _read_only(table: Table) -> Table:
    return MappingProxyType(dict(table))


PlainAnswer = Callable[[E], object]
InformedAnswer = Callable[[E, Call], object]


def _arity(function: Callable[[E], object] | Callable[[E, Call], object], kind: str) -> int:
    """How many of (effect, call) ``function`` wants: those it cannot do without, and ``call`` where it is named so."""
    try:
        parameters = list(signature(function).parameters.values())
    except (TypeError, ValueError):
        return 1
    places = [p for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return max(1, len(places))
    wanted = sum(p.default is Parameter.empty or p.name == "call" for p in places[:2])
    missing = sum(p.default is Parameter.empty for p in places[2:])
    named = any(p.kind is Parameter.KEYWORD_ONLY and p.default is Parameter.empty for p in parameters)
    if not places or missing or named:
        raise ConfigError(
            f"{kind}.by takes function(effect) or function(effect, call); "
            f"found {getattr(function, '__name__', function)!s}{signature(function)}"
        )
    return max(1, wanted)


def _informed(function: PlainAnswer[E] | InformedAnswer[E], arity: int) -> TypeIs[InformedAnswer[E]]:
    return arity > 1


def _plain(function: PlainAnswer[E] | InformedAnswer[E], arity: int) -> TypeIs[PlainAnswer[E]]:
    return arity == 1


@frozen
class Handler(Generic[E_contra]):
    """What performs effects ``E``: made by ``SomeEffect.by(function)``, joined by ``|``, looked up by class and bases."""

    table: Table = field(converter=_read_only)

    def answer_to(self, kind: type[Effect[object]]) -> Answer | None:
        """What performs this kind, or None where nobody does."""
        for base in kind.__mro__:
            if base in self.table:
                return self.table[base]
        return None

    def __or__(self: Handler[E1], other: Handler[E2]) -> Handler[E1 | E2]:
        clash = self.table.keys() & other.table.keys()
        if clash:
            names = ", ".join(sorted(kind.kind for kind in clash))
            raise ConfigError(
                f"two handlers for {names}; keep one, or route by its fields inside one function"
            )
        return Handler({**self.table, **other.table})


def handler_of(kind: type[E], function: PlainAnswer[E] | InformedAnswer[E]) -> Handler[E]:
    """The handler that performs ``kind`` with ``function``."""
    arity = _arity(function, kind.kind)
    if _plain(function, arity):
        plain = function
        return Handler({kind: lambda effect, call: plain(_own(effect, kind))})
    assert _informed(function, arity)
    informed = function
    return Handler({kind: lambda effect, call: informed(_own(effect, kind), call)})


def _own(effect: Effect[object], kind: type[E]) -> E:
    if not isinstance(effect, kind):
        raise TypeError(f"the handler of {kind.kind} was given {type(effect).__name__}")
    return effect
