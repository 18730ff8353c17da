"""The driver: one generator under all ways to run. It does no I/O of its own kind, so nothing in it is async.

It yields ``Work`` (what to start now, what is no longer needed) and is sent one ``Completion`` at a time, or that the
run is ``Cancelled``, or suspended with some effects ``Withheld``. What a trace knows is fed to the machine at once, in the order in which it arrived then, so that counts,
races and refusals come out as they did; what is new passes the conversation's limits and the budget, is written down,
and only then started. The same generator drives live runs, replays and resumed runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Generator, Sequence
from heapq import heappop, heappush
from typing import Generic, NoReturn, TypeAlias

from attrs import Factory, define, field, frozen

from typedagents.core.ambient import Now
from typedagents.core.counting import charge_of
from typedagents.core.effect import E, E_co, Outcome, Path
from typedagents.core.errors import Divergence, Suspended, TraceError, TypedAgentsError
from typedagents.core.kernel import play
from typedagents.core.log import Added, Began, Log
from typedagents.core.machine import ROOT, Machine, Open
from typedagents.core.stop import BudgetExceeded, Cancelled, StopReason
from typedagents.core.stored import Awaiting, awaiting, caught_up, how_it_ended, restored
from typedagents.core.team import Team
from typedagents.core.turn import Ended, Ready
from typedagents.trace.codec import short
from typedagents.trace.recorder import Recorder
from typedagents.trace.recording import CAUSES, Recording

from .budget import Budget, Spending
from .events import EffectFinished, EffectStarted, EntryAdded, Event, Observed
from .snapshot import Snapshot


# Start, Work and the machine's Open are made once an effect and never kept: mutable attrs classes are made in half the time.
@define(eq=False)
class Start(Generic[E_co]):
    """An effect to start, and who asked for it. ``attempt`` is above 1 when a crash interrupted an earlier one."""

    path: Path
    effect: E_co
    agent: str
    attempt: int = 1


@define(eq=False)
class Work(Generic[E_co]):
    """What to do next: start these, give up those."""

    start: Sequence[Start[E_co]] = ()
    drop: Sequence[Path] = ()


@frozen
class Withheld:
    """The run is suspended before these effects, which were written down, have started."""

    paths: tuple[Path, ...] = ()


Completion: TypeAlias = tuple[Path, Outcome] | Cancelled | Withheld
Driving: TypeAlias = Generator[Work[E], Completion, Ended]


def _conversation(turn: str) -> str:
    """The place of the conversation to which ``turn`` belongs."""
    return turn[: turn.rfind("t")]


@define(eq=False)
class Driver(Generic[E]):
    """``recording``: what is known already. ``performs`` False: a replay, in which nothing may be missing.

    ``tell`` hears of each step of the run, ``observe`` of what policies tell; None where nobody listens. ``snapshot``: go
    on from there, without what led to it; what is open then is started anew. ``at`` a path it drives a conversation held
    within an effect of another run, which writes down its own end.
    """

    team: Team[E]
    opening: Ready
    recording: Recording | None = None
    recorder: Recorder | None = None
    budget: Budget = field(factory=Budget)
    tell: Callable[[Event], None] | None = None
    observe: Callable[[Observed], None] | None = None
    performs: bool = True
    at: Path = ROOT
    snapshot: Snapshot[E | Now] | None = None
    spending: Spending = field(default=Factory(lambda self: Spending(self.budget), takes_self=True))
    machine: Machine[E | Now] = field(init=False)
    _speakers: dict[str, tuple[str, str]] = field(factory=dict, init=False)
    _agents: dict[Path, tuple[str, E | Now]] = field(factory=dict, init=False)
    _places: dict[Path, int] = field(factory=dict, init=False)
    _known: list[tuple[int, Path, Outcome]] = field(factory=list, init=False)
    _lost: deque[tuple[Path, Outcome]] = field(factory=deque, init=False)
    _begun: Container[Path] = field(default=(), init=False)
    """What was begun in an earlier life."""

    def __attrs_post_init__(self) -> None:
        if self.snapshot is not None:
            self.machine = restored(self.team, self.snapshot.run)
            self.spending = Spending.after(self.budget, self.snapshot.spent)
            self._begun = {one.path for one in self.snapshot.run.open}
            return
        self._begun = self.recording.begun if self.recording else ()
        winners = dict(self.recording.winners) if self.recording else {}
        self.machine = Machine(
            play(self.team, self.opening), self.team.limits.bounds, winners=winners, at=self.at
        )

    def drive(self) -> Driving[E | Now]:
        """See the module's text. An error raised in here carries the log so far."""
        try:
            return (yield from self._drive())
        except TypedAgentsError as error:
            error.log = self.log_so_far()
            raise

    def log_so_far(self) -> Log:
        """The outermost conversation after its last finished turn."""
        state = self.machine.frames.get(self.at, self.opening)
        return state.log if isinstance(state, Ready | Ended) else self.opening.log

    def agent_at(self, path: Path) -> str:
        """Who asked for the effect under way at ``path``."""
        return self._agents[path][0] if path in self._agents else ""

    def _drive(self) -> Driving[E | Now]:
        machine = self.machine
        if self.snapshot is None:
            machine.begin()
        else:
            self._go_on(self.snapshot.run)
        while True:
            new = self._catch_up()
            start = () if machine.over else self._admit(new)
            if machine.over:
                return self._finish(how_it_ended(machine))
            drop, machine.dropped = machine.dropped, []
            completion = yield Work(start, drop)
            if isinstance(completion, Cancelled):
                machine.halt(completion)
                return self._finish(Ended(self.log_so_far(), completion))
            if isinstance(completion, Withheld):
                self._suspend(completion)
            self._complete(*completion)

    def _suspend(self, withheld: Withheld) -> NoReturn:
        if self.recorder:
            for path in withheld.paths:
                self.recorder.withheld(path)
        raise Suspended("the run was suspended, or waits for somebody; resume it from its trace")

    def stored(self) -> Snapshot[E | Now]:
        """The run as it stands between two effects: what another driver goes on from. This one may go on, too."""
        return Snapshot(awaiting(self.machine), self.spending.so_far())

    def _go_on(self, run: Awaiting[E | Now]) -> None:
        """Bring the machine to where the snapshot was taken. What was told until then has been told and written."""
        machine = self.machine
        machine.opened = caught_up(machine, lambda one: run.journal.get(one.path))
        told, machine.told, machine.won = machine.told, [], []
        for path, _, event in told:
            if isinstance(event, Added):
                self._note_speaker(path, event)
        for one in machine.opened:
            self.spending.held(one.path, one.effect)

    def _catch_up(self) -> list[Open[E | Now]]:
        """Feed the machine all that is known; what is left to perform."""
        machine, recording = self.machine, self.recording
        if recording is None:
            self._show()
            new, machine.opened = machine.opened, []
            return new
        new = []
        while True:
            self._show()
            self._look_up(recording, new)
            if machine.halted is not None:
                return new
            if self._known:
                _, path, outcome = heappop(self._known)
                self._finished(path, outcome, replayed=True)
            elif self._lost:
                path, outcome = self._lost.popleft()
                if machine.waits_for(path):
                    self._complete(path, outcome)
            else:
                return new

    def _look_up(self, recording: Recording, new: list[Open[E | Now]]) -> None:
        """Sort what was opened into known, lost in a crash, and new; what was begun before is counted as it was then."""
        opened, self.machine.opened = self.machine.opened, []
        for one in opened:
            found = recording.outcome(one)
            if isinstance(found, StopReason):
                self.machine.halt(found)
                return
            if one.path in recording.begun:
                self.machine.admit(one.path)
                self.spending.begun(one.path, one.effect)
                self._agents[one.path] = (self._speaker(one.turn), one.effect)
            lost = recording.lost(one) if self.performs else None
            if found is not None:
                heappush(self._known, (recording.order[one.path], one.path, found))
            elif lost is not None:
                self._lost.append((one.path, lost))
            else:
                new.append(one)

    def _speaker(self, turn: str) -> str:
        """Who has the floor in ``turn``; nobody while that is being chosen, or when all turns are over."""
        began, agent = self._speakers.get(_conversation(turn), ("", ""))
        return agent if began == turn else ""

    def _show(self) -> None:
        """Pass on what the kernel told and which races were won."""
        machine = self.machine
        told, machine.told = machine.told, []
        for path, turn, event in told:
            if isinstance(event, Added):
                self._added(path, event)
            elif self.observe is not None:
                self.observe(Observed(path, self._speaker(turn), event))
        if machine.won:
            won, machine.won = machine.won, []
            for race, label in won:
                if self.recorder and (self.recording is None or race not in self.recording.winners):
                    self.recorder.won(race, label)

    def _note_speaker(self, path: Path, event: Added) -> None:
        entry = event.log[-1]
        if type(entry) is Began:
            self._speakers[_conversation(path)] = (path, entry.agent)

    def _added(self, path: Path, event: Added) -> None:
        """Note who has the floor; compare new entries with the trace, or write them down."""
        self._note_speaker(path, event)
        if not (self.recorder or self.recording or self.tell):
            return
        size = len(event.log)
        for length in range(size - event.count + 1, size + 1):
            entry = event.log[length - 1]
            if self.recorder or self.recording:
                place = self._places.get(path, 0)
                self._places[path] = place + 1
                known = self.recording is not None and self.recording.check_entry(path, place, entry)
                if self.recorder and not known:
                    self.recorder.entry(path, event.log.prefix(length))
            if self.tell is not None:
                self.tell(EntryAdded(path, entry))

    def _admit(self, new: list[Open[E | Now]]) -> Sequence[Start[E | Now]]:
        """Those of ``new`` that may start, written down; the first that may not ends the run."""
        starts: list[Start[E | Now]] = []
        for one in new:
            if not self.machine.waits_for(one.path):
                continue
            if not self.performs:
                self._missing(one)
                break
            again = one.path in self._begun
            reason = None if again else self._refusal(one)
            if reason is not None:
                if self.recorder:
                    self.recorder.refused(one.path, reason)
                self.machine.halt(reason)
                break
            agent = self._speaker(one.turn)
            if self.recorder and not again:
                self.recorder.begun(one, agent)
            self._agents[one.path] = (agent, one.effect)
            starts.append(Start(one.path, one.effect, agent, self._interruptions() if again else 1))
            if self.tell is not None:
                self.tell(EffectStarted(one.path, agent, one.effect))
        return starts

    def _interruptions(self) -> int:
        return 2 + self.recording.resumptions if self.recording else 1

    def _refusal(self, one: Open[E | Now]) -> StopReason | None:
        limit = self.machine.admit(one.path)
        if limit is not None:
            return limit
        budget = self.spending.refusal(one.path, one.effect)
        return None if budget is None else BudgetExceeded(budget, one.effect.kind)

    def _missing(self, one: Open[E | Now]) -> None:
        """A replay asks for what the trace does not hold: the run was cancelled there, or this is another run."""
        recording = self.recording
        reason = recording.reason() if recording else None
        if isinstance(reason, Cancelled):
            self.machine.halt(reason)
        elif reason is not None:
            raise Divergence(
                f"at {one.path}: the run now asks for {one.effect.kind}, where the trace has ended ({reason}); {CAUSES}"
            )
        else:
            raise TraceError(
                f"at {one.path}: the trace stops before {one.effect.kind} has a result, so it cannot be replayed to an "
                "end; resume it to go on from there"
            )

    def _complete(self, path: Path, outcome: Outcome) -> None:
        """Write down and feed one outcome; that of a race's loser is written down too, for what it cost."""
        self._finished(path, self.recorder.outcome(path, outcome) if self.recorder else outcome)

    def _finished(self, path: Path, outcome: Outcome, *, replayed: bool = False) -> None:
        agent, effect = self._agents.pop(path)
        charge = charge_of(outcome)
        self.spending.finished(path, agent, charge)
        if self.tell is not None:
            self.tell(EffectFinished(path, agent, effect, outcome, replayed))
        self.machine.feed(path, outcome, charge)

    def _finish(self, ended: Ended) -> Ended:
        recorded = self.recording.end if self.recording else None
        if recorded is not None and (short(ended.log.head), len(ended.log)) != (
            recorded.log,
            recorded.length,
        ):
            raise Divergence(
                f"the run ends with another log than the trace ({len(ended.log)} entries); {CAUSES}"
            )
        if recorded is not None and self.recording is not None and self.recording.reason() != ended.reason:
            raise Divergence(
                f"the run ends for another reason: {self.recording.reason()} in the trace, {ended.reason} now; {CAUSES}"
            )
        if self.recorder and recorded is None and self.at == ROOT:
            self.recorder.end(ended)
        return ended
