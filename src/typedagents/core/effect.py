"""Effects: what a policy may ask the world to do, as frozen data; and the requests that steps are made of.

``result = yield from SomeEffect(...)`` asks and waits; the type checker knows the result's type, and the effect
becomes part of the type of the policy that asks. A program yields requests and nothing else; the set is closed:

    Perform    do this effect, send me its result
    Fork       run these programs side by side below me, go on when they have ended
    Tell       something for watchers and the trace; answered at once
    Tally      what was asked and spent below me since I last looked; answered at once
    Recall     the state last remembered here, or this default; answered at once
    Remember   from here on this state stands for all that happened below me
    Enter      from here on what I ask is numbered from nought below this label

To write an effect of one's own, derive from ``Effect[Result]``, add fields, and prove the result in ``accept``:

    @frozen
    class ReadThermometer(Effect[float]):
        room: str

        def accept(self, value: object, /) -> float:
            return proved(value, float)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Mapping
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    ClassVar,
    Generic,
    Literal,
    Never,
    NewType,
    Protocol,
    Self,
    TypeAlias,
    final,
    overload,
)

from attrs import field, frozen
from typing_extensions import TypeAliasType, TypeVar

from .handler import Call, Handler, handler_of

if TYPE_CHECKING:
    from .stop import StopReason
    from .usage import Charge

Path = NewType("Path", str)
"""Where in the run an effect or a conversation stands: turn, place, child, place (``t3.0/1.2``)."""

Repetition: TypeAlias = Literal["pure", "idempotent", "at_most_once"]

T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
R2 = TypeVar("R2")


class Effect(ABC, Generic[T_co]):
    """Something only the world can do, that results in a ``T``. Subclasses are frozen attrs classes.

    ``kind`` names it in traces (the class's name, unless the class says otherwise). ``repeats`` says what doing it
    twice means: ``pure`` (nothing), ``idempotent`` (the same as once), or ``at_most_once`` (never repeat: after a
    crash the policy is told that the outcome is unknown). ``metered`` effects count against ``max_model_calls``.
    """

    __slots__ = ()
    kind: ClassVar[str] = "Effect"
    repeats: ClassVar[Repetition] = "at_most_once"
    metered: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "kind" not in cls.__dict__:
            cls.kind = cls.__name__

    @abstractmethod
    def accept(self, value: object, /) -> T_co:
        """``value`` as this effect's result, or ``TypeError``. Called by the driver, out of any policy's reach."""

    def repetition(self) -> Repetition:
        """What repeating this very effect means; the class's ``repeats`` unless it depends on the fields."""
        return self.repeats

    def likeness(self) -> str:
        """Equal for two effects that ask the same thing again, for the limit on repeated calls; empty: not counted."""
        return ""

    def ends_run(self, value: object, /) -> StopReason | None:
        """Why this result ends the whole run, if it does (a human who leaves)."""
        return None

    def __iter__(self) -> Generator[Request[Self], object, T_co]:
        return self.accept((yield Perform(self)))

    @overload
    @classmethod
    def by(cls, answer: Callable[[Self], T_co | Awaitable[T_co]]) -> Handler[Self]: ...
    @overload
    @classmethod
    def by(cls, answer: Callable[[Self, Call], T_co | Awaitable[T_co]]) -> Handler[Self]: ...
    @classmethod
    def by(
        cls, answer: Callable[[Self], T_co | Awaitable[T_co]] | Callable[[Self, Call], T_co | Awaitable[T_co]]
    ) -> Handler[Self]:
        """The handler that performs this kind with ``answer(effect)`` or ``answer(effect, call)``, sync or async."""
        return handler_of(cls, answer)


AnyEffect: TypeAlias = Effect[object]
E = TypeVar("E", bound=AnyEffect)
E1 = TypeVar("E1", bound=AnyEffect)
E2 = TypeVar("E2", bound=AnyEffect)
E_co = TypeVar("E_co", bound=AnyEffect, covariant=True, default=Never)


LATER: Mapping[str, bool] = MappingProxyType({"later": True})
"""The metadata of a field that its class did not have at first: a trace holds it only where it is not the default.

So traces that were written before still fit. It is for effects, and for what stands in a tuple of theirs.
"""

NO_ORDER: Mapping[str, frozenset[str]] = MappingProxyType({})


class Request(Generic[E_co]):
    """What steps yield: Perform | Fork | Tell | Tally | Recall | Remember | Enter, and no other."""

    __slots__ = ()


@final
@frozen
class Perform(Request[E_co]):
    """Do this effect; answered with its result, or ``EffectFailed`` is thrown in."""

    effect: E_co


@final
@frozen
class Bounds:
    """What one conversation, with all that is nested in it, may ask for. ``None``: no bound."""

    max_effects: int | None = None
    max_model_calls: int | None = None
    max_repeats: int | None = None
    max_depth: int | None = None


@final
@frozen(eq=False)
class Fork(Request[E_co]):
    """Run the programs as children under these labels; go on when all have ended.

    ``first_only``: go on when one has ended and abandon the others; the answer is its label. ``bounds``: the child is
    a conversation of its own. ``after``: the labels that must have ended before a child begins, by its label; in no
    circle.
    """

    children: tuple[tuple[str, Generator[Request[E_co], object, None]], ...]
    first_only: bool = False
    bounds: Bounds | None = None
    after: Mapping[str, frozenset[str]] = NO_ORDER


@final
@frozen(eq=False)
class Tell(Request[E_co]):
    """Something to see, answered at once: what the kernel ``Added`` to a log; any other value is shown to watchers."""

    event: object


@final
@frozen(eq=False)
class Tally(Request[E_co]):
    """What this program and the finished ones below it asked and spent since it last looked: a ``Tallied``."""


@final
@frozen(eq=False)
class Recall(Request[E_co]):
    """The state last remembered on this path, or ``default``."""

    default: object


@final
@frozen(eq=False)
class Remember(Request[E_co]):
    """From here on ``state`` stands for all that happened below this path: its journal may go."""

    state: object


@final
@frozen(eq=False)
class Enter(Request[E_co]):
    """From here on what is asked is numbered from nought below ``label``: how a conversation tells its turns apart."""

    label: str


@final
@frozen
class Tallied:
    """Finished effects by kind, and what they cost. Losers of a race are not in it: what they did is no fact here."""

    effects: Mapping[str, int]
    charges: tuple[Charge, ...] = ()


Steps = TypeAliasType("Steps", Generator[Request[E], object, R], type_params=(R, E))
"""``Steps[Result, Effects]``: a program under way, that may ask for these effects."""

P_co = TypeVar("P_co", bound=AnyEffect, covariant=True)


class Program(Protocol[T_co, P_co]):
    """An effect, or steps: whatever ``yield from`` takes."""

    def __iter__(self) -> Generator[Request[P_co], object, T_co]: ...


NO_FACTS: Mapping[str, str] = MappingProxyType({})


def _read_only(facts: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(facts))


@frozen
class Ok(Generic[T_co]):
    """An effect's result."""

    value: T_co


@frozen
class Failed:
    """An effect's failure, as recorded. ``kind`` is ``family.word``: ``provider.rate_limit``, ``tool.raised``, ``unknown``.

    ``unknown`` means: begun before a crash, and nobody can say whether it happened.
    """

    kind: str
    text: str
    facts: Mapping[str, str] = field(default=NO_FACTS, converter=_read_only, hash=False)


Outcome: TypeAlias = Ok[object] | Failed


class EffectFailed(Exception):
    """Thrown into the program whose effect failed; ``attempt`` and ``fallback`` turn it back into a value."""

    def __init__(self, failure: Failed) -> None:
        super().__init__(f"{failure.kind}: {failure.text}")
        self.failure = failure


def proved(value: object, kind: type[R], /) -> R:
    """``value``, when it is a ``kind``; ``TypeError`` when not."""
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}: {value!r:.80}")
    return value
