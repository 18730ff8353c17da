"""Performing one effect: find its handler, call it, prove what it answers, turn what it raises into a failure."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Never

import anyio
from attrs import define, field

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.effect import AnyEffect, EffectFailed, Failed, Ok, Outcome, Path
from typedagents.core.errors import ConfigError, EffectError, HandlerError, TypedAgentsError
from typedagents.core.handler import Answer, Handler
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.trace.media import Keeps, as_asked
from typedagents.trace.recorder import Recorder

from .budget import Spending
from .driver import Start
from .events import Event, Observed
from .partial_answers import PartialReader
from .prices import PriceTable, priced, usual_prices


@define(eq=False)
class Within:
    """The run that an effect belongs to: where that which is held inside the effect is written down and counted."""

    recorder: Recorder | None
    spending: Spending
    flush: Callable[[], None]
    place: str | None


@define(eq=False)
class Performance:
    """The ``Call`` that a handler is given. ``within`` is None where nothing can be held inside of it.

    ``answer`` reads what can be read of a typed answer while it comes; None where none is asked for.
    """

    run: str
    path: Path
    agent: str
    attempt: int
    _tell: Callable[[Event], None]
    _partials: dict[Path, list[str]]
    deadline_s: float | None = None
    within: Within | None = None
    answer: PartialReader | None = None
    held: int = field(default=0, init=False)

    def inside(self) -> Path:
        """Where the next conversation that is held inside this effect stands."""
        again = "" if self.attempt == 1 else f"{self.attempt}-"
        self.held += 1
        return Path(f"{self.path}/p{again}{self.held - 1}.")

    @property
    def id(self) -> str:
        return f"{self.run}/{self.path}"

    def emit(self, observation: object, /) -> None:
        if isinstance(observation, TextDelta):
            self._partials.setdefault(self.path, []).append(observation.text)
        self._tell(Observed(self.path, self.agent, observation))
        if self.answer is not None and isinstance(observation, TextDelta):
            partial = self.answer.feed(observation.text)
            if partial is not None:
                self._tell(Observed(self.path, self.agent, partial))


def ambient(clock: Callable[[], float], dice: Callable[[int], int]) -> Handler[Now | Draw | Sleep]:
    """What every world performs: the clock, the dice, and waiting."""
    return (
        Now.by(lambda effect: clock())
        | Draw.by(lambda effect: dice(effect.sides))
        | Sleep.by(lambda effect: anyio.sleep(effect.seconds))
    )


wall_clock: Callable[[], float] = time.time
fair_dice: Callable[[int], int] = random.randrange


def failure_of(error: Exception) -> Failed:
    """What a handler raised, as a recorded failure. Faults of the program itself are raised again."""
    match error:
        case EffectFailed(failure=failure):
            return failure
        case EffectError():
            return Failed(f"{error.family}.{error.kind}", error.text, error.facts)
        case TypedAgentsError():
            raise error
        case _:
            return Failed("raised", f"{type(error).__name__}: {error}")


@define(eq=False)
class Performer:
    """Performs the effects of one run. ``prices`` say what replies cost whose providers do not."""

    handler: Handler[Never]
    always: Handler[Now | Draw | Sleep]
    run: str
    tell: Callable[[Event], None]
    within: Within | None = None
    prices: PriceTable = usual_prices
    partials: dict[Path, list[str]] = field(factory=dict)
    store: Keeps | None = None
    _answers: dict[type[AnyEffect], Answer] = field(factory=dict)

    def begin(self, start: Start[AnyEffect]) -> Outcome | Awaitable[object]:
        """The outcome, when the handler is a plain function; else what to await (see ``wait``)."""
        effect = start.effect if self.store is None else as_asked(start.effect, self.store.kept)
        answer = self._answers.get(type(effect)) or self._find(effect)
        call = Performance(
            self.run, start.path, start.agent, start.attempt, self.tell, self.partials, within=self.within
        )
        if isinstance(effect, CallModel) and effect.output is not None:
            call.answer = PartialReader()
        try:
            value = answer(effect, call)
        except Exception as error:
            return self._done(start, failure_of(error))
        if hasattr(value, "__await__") and isawaitable(value):
            return value
        return self._done(start, self._proved(effect, value))

    async def wait(self, start: Start[AnyEffect], pending: Awaitable[object]) -> Outcome:
        """The outcome of an effect whose handler is async."""
        try:
            value = await pending
        except Exception as error:
            return self._done(start, failure_of(error))
        return self._done(start, self._proved(start.effect, value))

    def _done(self, start: Start[AnyEffect], outcome: Outcome) -> Outcome:
        if self.partials:
            self.partials.pop(start.path, None)
        return outcome

    def _proved(self, effect: AnyEffect, value: object) -> Ok[object]:
        try:
            proved = effect.accept(value)
        except TypeError as error:
            raise HandlerError(
                f"the handler of {effect.kind} answered with something else than its result: {error}"
            ) from error
        return Ok(priced(proved, self.prices) if isinstance(proved, ModelReply) else proved)

    def _find(self, effect: AnyEffect) -> Answer:
        answer = self.handler.answer_to(type(effect)) or self.always.answer_to(type(effect))
        if answer is None:
            raise ConfigError(nobody_performs(effect.kind, self.handler))
        self._answers[type(effect)] = answer
        return answer


def nobody_performs(kind: str, handler: Handler[Never]) -> str:
    """The text of the error for an effect without a handler."""
    known = ", ".join(sorted(each.kind for each in handler.table)) or "nothing"
    return (
        f"nobody in this world performs {kind}; it performs: {known}; add {kind}.by(function) to its handler"
    )
