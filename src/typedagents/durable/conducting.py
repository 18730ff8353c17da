"""The loop between the driver and an engine: one for all engines.

An engine that replays calls it again from the beginning, and answers from what it kept. So nothing here may depend on
anything but those answers: of several effects under way, the engine says which one came first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Protocol

from attrs import define, field

from typedagents.core.effect import AnyEffect, Ok, Outcome, Path
from typedagents.core.errors import PolicyError
from typedagents.core.tool import Approve
from typedagents.core.turn import Ended
from typedagents.humans.terminal import understood
from typedagents.interpreter.approval import meant
from typedagents.interpreter.driver import Start
from typedagents.interpreter.loops import advanced
from typedagents.interpreter.prompts import Prompt, prompt_of

from .orders import Held


class Engine(Protocol):
    """What performs effects, asks humans, and keeps what came of it.

    ``perform`` and ``ask`` take their place in what the engine keeps at once, before anything is awaited.
    """

    @property
    def asks(self) -> tuple[type[AnyEffect], ...]:
        """Effects that are asked of humans, without being performed first."""
        ...

    async def flush(self, starts: Sequence[Start[AnyEffect]], /, *, alone: bool) -> None:
        """These are about to start, and what tells of them is written; ``alone``: one, while no other is under way."""
        ...

    async def waits(self, prompts: Mapping[Path, Prompt], /) -> None:
        """From here on these are open."""
        ...

    def perform(self, start: Start[AnyEffect], /) -> Coroutine[object, object, Outcome | None]:
        """What becomes of this effect, or became of it before; None: a human has to be asked."""
        ...

    def ask(self, prompt: Prompt, /) -> Coroutine[object, object, str]:
        """What a human answers."""
        ...

    async def first(self, arrival: Callable[[], Awaitable[Path]], /) -> Path:
        """Which effect came first: what ``arrival`` says now, or what it said when this was played before."""
        ...


@define(eq=False)
class _Flights:
    """Effects under way, the prompts among them, and those that have come to an end, in order."""

    held: Held
    engine: Engine
    flying: dict[Path, asyncio.Task[Outcome | None]] = field(factory=dict)
    starts: dict[Path, Start[AnyEffect]] = field(factory=dict)
    prompts: dict[Path, Prompt] = field(factory=dict)
    told: frozenset[Path] = frozenset()
    came: list[Path] = field(factory=list)
    bell: asyncio.Event = field(factory=asyncio.Event)

    def launch(self, start: Start[AnyEffect], *, asks: bool) -> None:
        self.starts[start.path] = start
        task = asyncio.ensure_future(self._asked(start) if asks else self.engine.perform(start))
        self.flying[start.path] = task
        task.add_done_callback(lambda _: self._over(start.path))

    async def prompt(self, starts: Iterable[Start[AnyEffect]]) -> None:
        """These are asked of humans: let that be known, and what is no longer open."""
        for start in starts:
            prompt = prompt_of(self.held.run, self.held.lines.intents[start.path].begun)
            if prompt is None:
                raise PolicyError(
                    f"{start.effect.kind} was parked, but is no question that a human can answer"
                )
            self.prompts[start.path] = prompt
        if self.told != self.prompts.keys():
            self.told = frozenset(self.prompts)
            await self.engine.waits(self.prompts)

    def _asked(self, start: Start[AnyEffect]) -> Coroutine[object, object, Outcome]:
        waiting = self.engine.ask(self.prompts[start.path])

        async def outcome() -> Outcome:
            said = understood(await waiting)
            return Ok(meant(said) if isinstance(start.effect, Approve) else said)

        return outcome()

    def _over(self, path: Path) -> None:
        self.came.append(path)
        self.bell.set()

    async def _arrival(self) -> Path:
        while True:
            for path in self.came:
                if path in self.flying:
                    return path
            self.bell.clear()
            await self.bell.wait()

    async def next(self) -> tuple[Path, Outcome]:
        """The next outcome that counts."""
        while True:
            alone = len(self.flying) == 1
            path = next(iter(self.flying)) if alone else await self.engine.first(self._arrival)
            outcome = await self.flying[path]
            if outcome is not None:
                self.drop((path,))
                return path, outcome
            self.came.remove(path)
            await self.prompt((self.starts[path],))
            self.launch(self.starts[path], asks=True)

    def drop(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self.prompts.pop(path, None)
            self.held.lines.intents.pop(path, None)
            if path in self.flying:
                del self.starts[path]
                self.flying.pop(path).cancel()


async def conduct(held: Held, engine: Engine, pause: Callable[[], bool] = lambda: False) -> Ended | None:
    """Drive ``held`` to its end; or None, when ``pause`` said so between two effects, while none was under way."""
    steps = held.driver.drive()
    flights = _Flights(held, engine)
    work = advanced(steps, None)
    try:
        while not isinstance(work, Ended):
            flights.drop(work.drop)
            if not flights.flying and pause():
                return None
            if work.start:
                await engine.flush(work.start, alone=len(work.start) == 1 and not flights.flying)
                await flights.prompt(start for start in work.start if isinstance(start.effect, engine.asks))
            for start in work.start:
                flights.launch(start, asks=start.path in flights.prompts)
            work = advanced(steps, await flights.next())
    finally:
        flights.drop(tuple(flights.flying))
    await flights.prompt(())  # nobody is asked any more
    return work
