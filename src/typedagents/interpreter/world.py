"""The world: who performs, where it is recorded, what it may cost, who watches. ``run`` a team in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime
from logging import NullHandler, getLogger
from secrets import token_hex
from typing import Generic, TypeAlias

from anyio import to_thread
from attrs import Factory, field, frozen
from typing_extensions import TypeVar

from typedagents import __version__
from typedagents.core.ambient import Ambient
from typedagents.core.context import Change
from typedagents.core.effect import AnyEffect, Failed, Ok
from typedagents.core.effect import Outcome as EffectOutcome
from typedagents.core.errors import ConfigError, TraceError, TypedAgentsError
from typedagents.core.handler import Call, Handler
from typedagents.core.kernel import opened
from typedagents.core.log import Log, Transcript
from typedagents.core.message import Content, Message
from typedagents.core.registry import Teams
from typedagents.core.team import Team
from typedagents.core.turn import Ready
from typedagents.trace.media import keeper
from typedagents.trace.recorder import Recorder
from typedagents.trace.recording import Recording

from .budget import Budget, Spending
from .control import Control
from .driver import Driver, Start
from .events import Event, Observing, RunStarted, Watcher
from .lifetime import keeping
from .loops import Loop, drive_async, drive_sync
from .outcome import Outcome
from .perform import Performance, Performer, Within, ambient, fair_dice, wall_clock
from .prices import PriceTable, usual_prices
from .requirements import begun_by, check_performs
from .stream import EventStream, streaming
from .traces import TraceFiles, TraceStore
from .under_way import Lines, UnderWay

E_contra = TypeVar("E_contra", bound=AnyEffect, contravariant=True)
Opening: TypeAlias = Content | Message | Transcript | None

logger = getLogger("typedagents")
logger.addHandler(NullHandler())  # silent until the program says where logs go


@frozen
class World(Generic[E_contra]):
    """``handler`` performs (clock, dice and waiting need none); ``store`` keeps traces (None: none are kept).

    ``run`` accepts teams whose effects ``handler`` performs: the type checker names what is missing, and so does an
    error before the run starts. ``prices`` say what replies cost whose providers do not.
    """

    handler: Handler[E_contra]
    store: TraceStore | None = field(factory=TraceFiles)
    budget: Budget = Budget()
    watchers: tuple[Watcher, ...] = ()
    clock: Callable[[], float] = wall_clock
    dice: Callable[[int], int] = fair_dice
    prices: PriceTable = usual_prices
    _always: Handler[Ambient] = field(
        default=Factory(lambda self: ambient(self.clock, self.dice), takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )

    async def run(
        self,
        team: Team[E_contra | Ambient],
        said: Opening = None,
        *,
        after: Log | None = None,
        context: Iterable[Change] = (),
        name: str | None = None,
        control: Control | None = None,
        under: Call | None = None,
    ) -> Outcome:
        """Hold a conversation of ``team``, opened by ``said``, in the current event loop (asyncio or trio).

        ``after`` is the log of an earlier conversation, from which this one goes on; ``context`` sets context variables.
        ``under`` the call that a handler was given it is held inside that effect: written down in the same trace below
        the effect's path, and bounded by the budget of the run around as well. A replay of that does not hold it again,
        since what the effect came to is known.
        """
        opening = opened(team, said, after=after, context=context)
        with self._begun(team, opening, name, control, under) as run:
            return run.outcome(await drive_async(run.loop))

    def run_sync(
        self,
        team: Team[E_contra | Ambient],
        said: Opening = None,
        *,
        after: Log | None = None,
        context: Iterable[Change] = (),
        name: str | None = None,
        control: Control | None = None,
        under: Call | None = None,
    ) -> Outcome:
        """The same in this thread, whether or not an event loop runs in it."""
        opening = opened(team, said, after=after, context=context)
        with self._begun(team, opening, name, control, under) as run:
            return run.outcome(drive_sync(run.loop))

    async def resume(
        self,
        team: Team[E_contra | Ambient] | Teams[E_contra | Ambient],
        name: str,
        *,
        control: Control | None = None,
    ) -> Outcome:
        """Go on from where the trace of run ``name`` stops; nothing that has a result there is performed again.

        Of several ``Teams`` with the one it was begun with; ``UnknownTeam`` where that, or its version, is not here.
        """
        with self._resumed(team, name, control) as run:
            return run.outcome(await drive_async(run.loop))

    def resume_sync(
        self,
        team: Team[E_contra | Ambient] | Teams[E_contra | Ambient],
        name: str,
        *,
        control: Control | None = None,
    ) -> Outcome:
        """``resume`` in this thread."""
        with self._resumed(team, name, control) as run:
            return run.outcome(drive_sync(run.loop))

    def replay(self, team: Team[E_contra | Ambient], trace: str | Sequence[bytes]) -> Outcome:
        """Run ``team`` from a trace alone: a run's name, or lines. Nothing is performed, nothing written.

        ``Divergence`` names the first field in which the run differs from its trace.
        """
        lines = self._store().read(trace) if isinstance(trace, str) else trace
        recording = Recording.load(lines)
        driver = Driver(
            team,
            Ready(recording.opening()),
            recording,
            budget=Budget(),
            tell=self._told,
            observe=self._observed,
            performs=False,
        )
        name = recording.header.run
        loop = Loop(driver.drive(), self._performer(name), _nothing, Control())
        run = UnderWay(name, loop, driver.spending, driver.agent_at, None, None, self._tell)
        self._tell(RunStarted(name, team.name, None, resumed=True))
        return run.outcome(drive_sync(loop))

    def stream(
        self,
        team: Team[E_contra | Ambient],
        said: Opening = None,
        *,
        after: Log | None = None,
        context: Iterable[Change] = (),
        name: str | None = None,
        control: Control | None = None,
    ) -> AbstractAsyncContextManager[EventStream]:
        """Run, and follow: ``async with world.stream(team, "hi") as events: async for event in events``."""

        async def go(watcher: Watcher) -> Outcome:
            world = World(
                self.handler,
                self.store,
                self.budget,
                (*self.watchers, watcher),
                self.clock,
                self.dice,
                self.prices,
            )
            return await world.run(team, said, after=after, context=context, name=name, control=control)

        return streaming(go)

    def storing_in(self, store: TraceStore | None) -> World[E_contra]:
        """This world, but that it keeps its traces there."""
        return World(self.handler, store, self.budget, self.watchers, self.clock, self.dice, self.prices)

    async def perform(self, start: Start[AnyEffect], *, run: str, in_thread: bool = False) -> EffectOutcome:
        """One effect of the run ``run``, without the run: what a worker of a durable engine does. Raises ``Parked``.

        ``in_thread``: a plain function is called in one, where the loop has to go on meanwhile.
        """
        performer = self._performer(run)
        async with keeping():
            if in_thread:  # in a tuple, since trio takes no function that returns an awaitable
                (answer,) = await to_thread.run_sync(lambda: (performer.begin(start),))
            else:
                answer = performer.begin(start)
            return answer if isinstance(answer, Ok | Failed) else await performer.wait(start, answer)

    # --- putting a run together ---------------------------------------------------------------------------------

    def _store(self) -> TraceStore:
        if self.store is None:
            raise TraceError("this world keeps no traces (store=None); give it a store, such as TraceFiles()")
        return self.store

    @property
    def _told(self) -> Watcher | None:
        return None if all(isinstance(one, Observing) for one in self.watchers) else self._tell

    @property
    def _observed(self) -> Watcher | None:
        return self._tell if self.watchers else None

    def _tell(self, event: Event) -> None:
        for watcher in self.watchers:
            try:
                watcher(event)
            except Exception:
                logger.exception(
                    "a watcher failed; the run goes on without its having seen %s", type(event).__name__
                )

    def _performer(self, run: str, within: Within | None = None) -> Performer:
        return Performer(
            self.handler, self._always, run, self._tell, within, self.prices, store=keeper(self.store)
        )

    def _new_name(self) -> str:
        return f"{datetime.fromtimestamp(self.clock(), UTC):%Y%m%d-%H%M%S}-{token_hex(3)}"

    @contextmanager
    def _begun(
        self,
        team: Team[E_contra | Ambient],
        opening: Ready,
        name: str | None,
        control: Control | None,
        under: Call | None,
    ) -> Iterator[UnderWay]:
        check_performs(team, self.handler)
        if under is not None:
            with self._inside(team, opening, under, control) as run:
                yield run
            return
        name = name or self._new_name()
        writer = self.store.create(name) if self.store is not None else None
        lines = Lines(writer)
        recorder = None
        if writer is not None:
            recorder = Recorder(lines.append, self.clock, store=keeper(self.store))
            opening = Ready(recorder.kept_apart(opening.log))
            recorder.header(__version__, name, team, opening.log)
        driver = Driver(team, opening, None, recorder, self.budget, self._told, self._observed)
        with self._running(name, driver, lines, control, resumed=False) as run:
            yield run

    @contextmanager
    def _inside(
        self, team: Team[E_contra | Ambient], opening: Ready, under: Call, control: Control | None
    ) -> Iterator[UnderWay]:
        """A run below the path of ``under``, which writes where the run around writes."""
        if not isinstance(under, Performance) or under.within is None:
            raise ConfigError(
                f"under is the call that a handler of a run is given; found {type(under).__name__}"
            )
        within = under.within
        spending = Spending(self.budget, outer=within.spending)
        driver = Driver(
            team,
            opening,
            None,
            within.recorder,
            self.budget,
            self._told,
            self._observed,
            at=under.inside(),
            spending=spending,
        )
        with self._driven(under.run, driver, within, control, resumed=False) as run:
            yield run

    @contextmanager
    def _resumed(
        self,
        given: Team[E_contra | Ambient] | Teams[E_contra | Ambient],
        name: str,
        control: Control | None,
    ) -> Iterator[UnderWay]:
        store = self._store()
        recording = Recording.load(store.read(name))
        team = begun_by(recording.header, given)
        check_performs(team, self.handler)
        ended = recording.end is not None
        lines = Lines(None if ended else store.reopen(name))
        if not ended:
            # Again, now that nobody else can write to it: another process may have gone on meanwhile.
            recording = Recording.load(store.read(name))
        recorder = None
        if not ended:
            recorder = Recorder.onto(recording, lines.append, self.clock)
            recorder.store = keeper(store)
        driver = Driver(
            team,
            Ready(recording.opening()),
            recording,
            recorder,
            self.budget,
            self._told,
            self._observed,
            performs=not ended,
        )
        with self._running(recording.header.run, driver, lines, control, resumed=True) as run:
            yield run

    @contextmanager
    def _running(
        self,
        name: str,
        driver: Driver[E_contra | Ambient],
        lines: Lines,
        control: Control | None,
        *,
        resumed: bool,
    ) -> Iterator[UnderWay]:
        place = lines.writer.place if lines.writer else None
        within = Within(driver.recorder, driver.spending, lines.flush, place)
        try:
            with self._driven(name, driver, within, control, resumed=resumed) as run:
                yield run
        finally:
            lines.close()

    @contextmanager
    def _driven(
        self,
        name: str,
        driver: Driver[E_contra | Ambient],
        within: Within,
        control: Control | None,
        *,
        resumed: bool,
    ) -> Iterator[UnderWay]:
        performer = self._performer(name, within)
        loop = Loop(driver.drive(), performer, within.flush, control or Control())
        run = UnderWay(
            name, loop, driver.spending, driver.agent_at, driver.recorder, within.place, self._tell
        )
        self._tell(RunStarted(name, driver.team.name, within.place, resumed))
        try:
            yield run
        except BaseException as error:
            if isinstance(error, TypedAgentsError) and error.log is None:
                error.log = driver.log_so_far()
            run.keep_partials()
            raise
        finally:
            within.flush()


def _nothing() -> None:
    pass
