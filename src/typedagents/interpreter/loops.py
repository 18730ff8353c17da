"""Two loops over one driver. Both keep a queue of effects to start, those under way, and outcomes that arrived.

Async: an effect alone is awaited in place; a task group exists only while several are under way. Sync: plain handlers
are called in place without any event loop; an awaitable goes to a portal thread, started when the first is met. In
both, an outcome is fed before the next effect starts, so that a race decided meanwhile saves the losers' start. Effects
whose handlers have ``Parked`` them are set aside; the run pauses when there is nothing else to wait for.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, wait
from contextlib import ExitStack, suppress
from typing import TypeAlias

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import define, field

from typedagents.core.effect import AnyEffect, Failed, Ok, Outcome, Path
from typedagents.core.errors import Parked, PolicyError
from typedagents.core.stop import Cancelled
from typedagents.core.turn import Ended

from .control import Control
from .driver import Completion, Driving, Start, Withheld, Work
from .lifetime import keeping
from .perform import Performer


@define(eq=False)
class Loop:
    """What both loops share: the driver under way, and what is to be started."""

    steps: Driving[AnyEffect]
    performer: Performer
    flush: Callable[[], None]
    control: Control
    queue: deque[Start[AnyEffect]] = field(factory=deque, init=False)
    arrived: deque[tuple[Path, Outcome]] = field(factory=deque, init=False)
    parked: list[Path] = field(factory=list, init=False)

    def send(self, completion: Completion | None) -> Work[AnyEffect] | Ended:
        """Tell the driver, write down what follows from it, and get the next work, or the end."""
        try:
            return advanced(self.steps, completion)
        finally:
            self.flush()

    def stopped(self) -> Ended:
        """Do what the control wants: end the run as cancelled, or leave it to be resumed. What has a result keeps it."""
        while self.arrived:
            work = self.send(self.arrived.popleft())
            if isinstance(work, Ended):
                return work
            self.take(work)
        wanted = self.control.wanted
        return ended_as(self.send(wanted)) if isinstance(wanted, Cancelled) else self.paused()

    def paused(self) -> Ended:
        """Leave the run to be resumed: what has not started, and what is parked, is asked for anew then."""
        return ended_as(self.send(Withheld((*self.parked, *(start.path for start in self.queue)))))

    def came(self, path: Path, outcome: Outcome | None) -> None:
        """This came of an effect; None where somebody else will know: it is set aside."""
        if outcome is None:
            self.performer.partials.pop(path, None)
            self.parked.append(path)
        else:
            self.arrived.append((path, outcome))

    def take(self, work: Work[AnyEffect]) -> None:
        """Queue new work and forget what was dropped."""
        self.forget(work.drop)
        self.queue.extend(work.start)

    def forget(self, dropped: Collection[Path]) -> None:
        """Nobody waits for these any more."""
        if dropped:
            for path in dropped:
                self.performer.partials.pop(path, None)
            self.queue = deque(start for start in self.queue if start.path not in dropped)
            self.parked = [path for path in self.parked if path not in dropped]


def advanced(steps: Driving[AnyEffect], completion: Completion | None) -> Work[AnyEffect] | Ended:
    """What a driver wants after ``completion`` (None: to begin with), or how the run ended."""
    try:
        # ``next`` and ``send(None)`` are the same, but only ``next`` says so in its type.
        return next(steps) if completion is None else steps.send(completion)
    except StopIteration as finished:
        return ended_as(finished.value)


def ended_as(value: object) -> Ended:
    """``value``, which a driver returned, as the end that it is."""
    if isinstance(value, Ended):
        return value
    raise PolicyError(f"the run returned {type(value).__name__} instead of its end")


# --- async ------------------------------------------------------------------------------------------------------


async def drive_async(loop: Loop) -> Ended:
    """Run to the end in the current event loop (asyncio or trio)."""
    async with keeping():
        with anyio.CancelScope() as scope:
            with loop.control.alarmed(_alarm_of(scope)):
                return await _one_after_another(loop)
        return loop.stopped()


def _alarm_of(scope: anyio.CancelScope) -> Callable[[], object]:
    """Cancels ``scope`` from this thread or from any other."""
    token, home = anyio.lowlevel.current_token(), threading.get_ident()

    def alarm() -> None:
        if threading.get_ident() == home:
            scope.cancel()
        else:
            with suppress(RuntimeError):  # the loop has ended meanwhile, and the run with it
                anyio.from_thread.run_sync(scope.cancel, token=token)

    return alarm


async def _one_after_another(loop: Loop) -> Ended:
    work = loop.send(None)
    while not isinstance(work, Ended):
        if loop.control.wanted is not None:
            loop.take(work)
            return loop.stopped()
        if len(work.start) > 1:
            work = await _Together(loop).run(work)
            continue
        loop.forget(work.drop)
        if not work.start:
            return loop.paused()
        start = work.start[0]
        try:
            answer = loop.performer.begin(start)
            outcome = answer if isinstance(answer, Ok | Failed) else await loop.performer.wait(start, answer)
        except Parked:
            loop.came(start.path, None)
            work = Work()
        else:
            work = loop.send((start.path, outcome))
    return work


@define(eq=False)
class _Together:
    """Effects side by side, until at most one is left to start."""

    loop: Loop
    flying: dict[Path, anyio.CancelScope] = field(factory=dict, init=False)
    bell: anyio.Event = field(factory=anyio.Event, init=False)
    broken: Exception | None = field(default=None, init=False)

    async def run(self, work: Work[AnyEffect]) -> Work[AnyEffect] | Ended:
        left: Work[AnyEffect] | Ended = Work()
        try:
            async with anyio.create_task_group() as group:
                left = await self._inside(work, group)
                group.cancel_scope.cancel()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        if self.broken is not None:
            raise self.broken
        return left

    async def _inside(self, work: Work[AnyEffect], group: anyio.abc.TaskGroup) -> Work[AnyEffect] | Ended:
        loop = self.loop
        loop.take(work)
        while self.broken is None:
            if loop.arrived:
                found = loop.send(loop.arrived.popleft())
                if isinstance(found, Ended):
                    return found
                for path in found.drop:
                    if path in self.flying:
                        self.flying.pop(path).cancel()
                loop.take(found)
            elif loop.queue and (self.flying or len(loop.queue) > 1):
                self._start(loop.queue.popleft(), group)
            elif self.flying:
                self.bell = anyio.Event()
                await self.bell.wait()
            else:
                left = tuple(loop.queue)
                loop.queue.clear()
                return Work(left)
        return Work()

    def _start(self, start: Start[AnyEffect], group: anyio.abc.TaskGroup) -> None:
        try:
            answer = self.loop.performer.begin(start)
        except Parked:
            self.loop.came(start.path, None)
            return
        except Exception as error:
            self.broken = error
            return
        if isinstance(answer, Ok | Failed):
            self.loop.arrived.append((start.path, answer))
        else:
            self.flying[start.path] = anyio.CancelScope()
            group.start_soon(self._later, start, answer, self.flying[start.path])

    async def _later(
        self, start: Start[AnyEffect], pending: Awaitable[object], scope: anyio.CancelScope
    ) -> None:
        with scope:
            try:
                outcome = await _awaited(self.loop.performer, start, pending)
            except Exception as error:
                self.broken = error
            else:
                if self.flying.pop(start.path, None) is not None:
                    self.loop.came(start.path, outcome)
        self.bell.set()


async def _awaited(
    performer: Performer, start: Start[AnyEffect], pending: Awaitable[object]
) -> Outcome | None:
    """The outcome of an effect whose handler is async; None where that has parked it."""
    try:
        return await performer.wait(start, pending)
    except Parked:
        return None


# --- sync -------------------------------------------------------------------------------------------------------


_Came: TypeAlias = Outcome | BaseException | None


def drive_sync(loop: Loop) -> Ended:
    """Run to the end in this thread."""
    bell: Future[_Came] = Future()

    def ring() -> None:
        with suppress(InvalidStateError):  # it has rung already
            bell.set_result(Ok(None))

    with ExitStack() as stack, loop.control.alarmed(ring):
        return _InThread(loop, stack, bell).run()


@define(eq=False)
class _InThread:
    loop: Loop
    stack: ExitStack
    bell: Future[_Came]
    portal: BlockingPortal | None = field(default=None, init=False)
    flying: dict[Future[_Came], Start[AnyEffect]] = field(factory=dict, init=False)

    def run(self) -> Ended:
        loop = self.loop
        work = loop.send(None)
        try:
            while not isinstance(work, Ended):
                loop.take(work)
                if work.drop:
                    self._give_up(work.drop)
                self._until_something_arrives()
                if loop.control.wanted is not None:
                    self._collect(block=False)
                    return loop.stopped()
                if not loop.arrived:
                    return loop.paused()
                work = loop.send(loop.arrived.popleft())
        finally:
            for future in self.flying:
                future.cancel()
        return work

    def _give_up(self, paths: Collection[Path]) -> None:
        for future in [one for one, start in self.flying.items() if start.path in paths]:
            del self.flying[future]
            future.cancel()

    def _until_something_arrives(self) -> None:
        loop = self.loop
        while not loop.arrived and loop.control.wanted is None and (self.flying or loop.queue):
            if self.flying:
                self._collect(block=not loop.queue)
            if loop.queue and not loop.arrived:
                self._start(loop.queue.popleft())

    def _start(self, start: Start[AnyEffect]) -> None:
        try:
            answer = self.loop.performer.begin(start)
        except Parked:
            self.loop.came(start.path, None)
            return
        if isinstance(answer, Ok | Failed):
            if self.flying:
                self._collect(block=False)  # what ended while the plain function ran came first
            self.loop.arrived.append((start.path, answer))
            return
        if self.portal is None:
            self.portal = self.stack.enter_context(start_blocking_portal())
            self.stack.enter_context(self.portal.wrap_async_context_manager(keeping()))
        self.flying[self.portal.start_task_soon(_in_portal, self.loop.performer, start, answer)] = start

    def _collect(self, *, block: bool) -> None:
        done = wait((*self.flying, self.bell), timeout=None if block else 0, return_when=FIRST_COMPLETED).done
        for future in tuple(self.flying):
            if future in done:
                start, came = self.flying.pop(future), future.result()
                if isinstance(came, BaseException):
                    raise came
                self.loop.came(start.path, came)


async def _in_portal(performer: Performer, start: Start[AnyEffect], pending: Awaitable[object]) -> _Came:
    """The outcome, or what is to be raised in the thread of the run: raised here, Ctrl-C would break the portal."""
    try:
        return await _awaited(performer, start, pending)
    except anyio.get_cancelled_exc_class():
        raise
    except BaseException as error:
        return error
