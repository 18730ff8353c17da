"""The machine: a tree of fibers that drives a program made of requests. Live, or fed from a journal: the same code.

Theory. A *fiber* is one generator with a place in the tree. A fiber is exactly one of

    ready      its next answer is known; it is on the agenda
    waiting    it performed an effect, which is open under its path
    joining    it forked; it goes on when its children have ended (all of them, or in a race the first)
    ended      its generator returned, or it was abandoned because a sibling won a race

``begin`` once, then ``feed`` outcomes by path, in any order. After either, ``opened`` lists the effects to start next,
``told`` what to show and record, ``won`` the races just decided, ``dropped`` the paths no longer waited for. The
machine has ``ended``, or was ``halted`` by a result that ends the run or a bound that was reached. Nothing is called
but the generators; nothing is recursive, however deep the tree.

What may be seen by a program never depends on the order of feeding: a join is answered when all its children have
ended, tallies hold finished effects only and are added up where a child ends, and losers of a race leave no tally.
Which child wins a race is decided by feeding order when live, and by ``winners`` when known.

A machine ``at`` a path is one that stands below an effect of another: all its paths begin so.

The journal holds what was fed since the states last remembered; ``frames`` holds those states, ``tallies`` what was
finished below them. All together restore the machine: start the same program again with them, and feed it the journal.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Generic

from attrs import define, field

from .counting import NOTHING_TALLIED, Counts, Scope, Tallying
from .effect import (
    NO_ORDER,
    Bounds,
    E,
    E_co,
    EffectFailed,
    Enter,
    Fork,
    Ok,
    Outcome,
    Path,
    Perform,
    Recall,
    Remember,
    Request,
    Tallied,
    Tally,
    Tell,
)
from .errors import Divergence, PolicyError, TypedAgentsError
from .stop import EffectLimit, StopReason
from .usage import Charge

ROOT = Path("")


@define
class Open(Generic[E_co]):
    """An effect to start, under its path, in the turn that stands at ``turn``."""

    path: Path
    effect: E_co
    turn: str = ""


@define(eq=False)
class _Fiber(Generic[E]):
    """``home`` is its place in the tree; what it asks is numbered by ``places`` below ``path``, in turn ``turn``."""

    steps: Generator[Request[E], object, object]
    home: str
    path: str
    parent: _Fiber[E] | None
    scope: Scope
    label: str = ""
    turn: str = ""
    places: int = 0
    children: dict[str, _Fiber[E]] | None = None
    after: Mapping[str, frozenset[str]] = NO_ORDER
    race: str | None = None
    ended: bool = False
    tally: Tallying | None = None


@define(eq=False)
class Machine(Generic[E]):
    """See the module's text. ``winners``: races already decided; ``restored``: counts of conversations under way."""

    root: Generator[Request[E], object, object]
    bounds: Bounds = field(factory=Bounds)
    frames: dict[Path, object] = field(factory=dict)
    tallies: dict[Path, Tallied] = field(factory=dict)
    winners: Mapping[str, str] = field(factory=dict)
    restored: Mapping[Path, Counts] = field(factory=dict)
    at: Path = ROOT
    opened: list[Open[E]] = field(factory=list, init=False)
    told: list[tuple[Path, str, object]] = field(factory=list, init=False)
    won: list[tuple[str, str]] = field(factory=list, init=False)
    decided: dict[str, str] = field(factory=dict, init=False)
    dropped: list[Path] = field(factory=list, init=False)
    journal: dict[Path, Outcome] = field(factory=dict, init=False)
    ended: Ok[object] | None = field(default=None, init=False)
    halted: StopReason | None = field(default=None, init=False)
    _waiting: dict[Path, tuple[_Fiber[E], E]] = field(factory=dict, init=False)
    _scopes: dict[Path, Scope] = field(factory=dict, init=False)
    _agenda: list[tuple[_Fiber[E], Outcome | None]] = field(factory=list, init=False)

    def begin(self) -> None:
        """Run the program up to its first effects."""
        outermost = self._scope(self.at, self.bounds, None)
        self._agenda.append((_Fiber(self.root, self.at, self.at, None, outermost), None))
        self._run()

    def feed(self, path: Path, outcome: Outcome, charge: Charge | None) -> None:
        """This is what became of the effect at ``path``, and cost. Ignored where nobody waits for it any more."""
        found = self._waiting.pop(path, None)
        if found is None or self.halted is not None:
            return
        fiber, effect = found
        self.journal[path] = outcome
        fiber.tally = fiber.tally or Tallying()
        fiber.tally.count(effect.kind, charge)
        if isinstance(outcome, Ok):
            reason = effect.ends_run(outcome.value)
            if reason is not None:
                self._agenda.append((fiber, None))
                self.halt(reason)
                return
        self._agenda.append((fiber, outcome))
        self._run()

    @property
    def over(self) -> bool:
        """Whether nothing will be asked any more."""
        return self.ended is not None or self.halted is not None

    def waiting(self) -> tuple[Open[E], ...]:
        """The effects that somebody waits for, by path."""
        found = self._waiting
        return tuple([Open(path, found[path][1], found[path][0].turn) for path in sorted(found)])

    def waits_for(self, path: Path) -> bool:
        """Whether the effect at ``path`` is open and somebody waits for it."""
        return path in self._waiting

    def admit(self, path: Path) -> EffectLimit | None:
        """Count the open effect at ``path`` in every conversation it belongs to; or the bound that forbids it."""
        fiber, effect = self._waiting[path]
        scope: Scope | None = fiber.scope
        while scope is not None:
            limit = scope.admit(effect)
            if limit is not None:
                return limit
            scope = scope.outer
        return None

    def counts(self) -> dict[Path, Counts]:
        """What each conversation under way has asked for."""
        return {path: scope.counts for path, scope in self._scopes.items()}

    def halt(self, reason: StopReason) -> None:
        """End the run from outside all programs: every generator is closed, nothing more is asked."""
        self.halted = reason
        for fiber, _ in self._waiting.values():
            self._close(fiber)
        for fiber, _ in self._agenda:
            self._close(fiber)
        self.dropped.extend(self._waiting)
        self._waiting.clear()
        self._agenda.clear()
        self.opened.clear()

    def _close(self, fiber: _Fiber[E]) -> None:
        """Close this fiber and those that wait for it alone, from the leaf up."""
        here: _Fiber[E] | None = fiber
        while here is not None and not here.ended:
            here.ended = True
            try:
                here.steps.close()
            except TypedAgentsError:
                raise
            except Exception as error:
                # What Python says where a generator yields instead of ending.
                asked = str(error) == "generator ignored GeneratorExit"
                did = "asked for an effect" if asked else f"raised {type(error).__name__}: {error}"
                raise PolicyError(
                    f"at {here.path!r} a policy {did} while it was being closed; "
                    "a 'finally' in a policy may hold no effect, and nothing that can fail"
                ) from error
            here = here.parent

    def _scope(self, path: Path, bounds: Bounds, outer: Scope | None) -> Scope:
        depth = outer.depth + 1 if outer else 0
        own = float("inf") if bounds.max_depth is None else depth + bounds.max_depth
        counts = self.restored.get(path) or Counts()
        scope = Scope(bounds, outer, depth, min(own, outer.floor if outer else own), counts)
        self._scopes[path] = scope
        return scope

    def _run(self) -> None:
        agenda = self._agenda
        while agenda and self.halted is None:
            fiber, outcome = agenda.pop()
            if not fiber.ended:
                self._step(fiber, outcome)

    def _step(self, fiber: _Fiber[E], outcome: Outcome | None) -> None:
        """Run one fiber until it waits, joins or ends."""
        send = fiber.steps.send
        try:
            if outcome is None:
                request = next(fiber.steps)
            elif isinstance(outcome, Ok):
                request = send(outcome.value)
            else:
                request = fiber.steps.throw(EffectFailed(outcome))
            while True:
                if isinstance(request, Perform):
                    self._open(fiber, request.effect)
                    return
                if isinstance(request, Fork):
                    self._fork(fiber, request)
                    return
                request = send(self._answer(fiber, request))
        except StopIteration as finished:
            fiber.ended = True
            self._finish(fiber, finished.value)
        except TypedAgentsError:
            raise
        except Exception as error:
            raise PolicyError(f"at {fiber.path!r} a policy raised {type(error).__name__}: {error}") from error

    def _finish(self, fiber: _Fiber[E], value: object) -> None:
        parent = fiber.parent
        if parent is None:
            self.ended = Ok(value)
            return
        assert parent.children is not None
        if parent.race is not None:
            if self.winners.get(parent.race, fiber.label) != fiber.label:
                del parent.children[fiber.label]
                return
            self.won.append((parent.race, fiber.label))
            self.decided[parent.race] = fiber.label
            del parent.children[fiber.label]
            self._abandon(parent)
            parent.race = None
            answer: Ok[object] = Ok(fiber.label)
        else:
            del parent.children[fiber.label]
            answer = Ok(None)
        self._scopes.pop(Path(fiber.home), None)
        if fiber.tally:
            parent.tally = parent.tally or Tallying()
            parent.tally.add(fiber.tally)
        if not parent.children:
            parent.children = None
            self._agenda.append((parent, answer))
        elif parent.after:
            self._begin_after(parent, fiber.label)

    def _begin_after(self, parent: _Fiber[E], ended: str) -> None:
        """Begin the children of ``parent`` that waited for ``ended`` last."""
        under_way = parent.children or {}  # the last first, so that the first is on top of the agenda
        for label, child in under_way.items():
            before = parent.after.get(label, ())
            if ended in before and under_way.keys().isdisjoint(before):
                self._agenda.append((child, None))

    def _abandon(self, parent: _Fiber[E]) -> None:
        """Close all that still runs below ``parent``, whose race is decided."""
        below = list((parent.children or {}).values())
        gone: list[_Fiber[E]] = []
        while below:
            fiber = below.pop()
            gone.append(fiber)
            below.extend((fiber.children or {}).values())
        for fiber in reversed(gone):
            fiber.parent, parent_of = None, fiber.parent
            self._close(fiber)
            fiber.parent = parent_of
            self._scopes.pop(Path(fiber.home), None)
        parent.children = {}
        lost = [path for path, (fiber, _) in self._waiting.items() if fiber.ended]
        for path in lost:
            del self._waiting[path]
        self.dropped.extend(lost)
        self.opened = [one for one in self.opened if one.path in self._waiting]

    def _open(self, fiber: _Fiber[E], effect: E) -> None:
        path = Path(f"{fiber.path}{fiber.places}")
        fiber.places += 1
        self._waiting[path] = (fiber, effect)
        self.opened.append(Open(path, effect, fiber.turn))

    def _answer(self, fiber: _Fiber[E], request: Request[E]) -> object:
        """The answer to a request that needs no waiting."""
        if isinstance(request, Tell):
            self.told.append((Path(fiber.path), fiber.turn, request.event))
            return None
        if isinstance(request, Tally):
            return fiber.tally.look(keep=fiber.parent is not None) if fiber.tally else NOTHING_TALLIED
        if isinstance(request, Remember):
            self._remember(fiber, request.state)
            return None
        if isinstance(request, Enter):
            fiber.path = fiber.turn = f"{fiber.home}{request.label}"
            fiber.places = 0
            return None
        if isinstance(request, Recall):
            before = self.tallies.get(Path(fiber.home))
            if before is not None:
                fiber.tally = Tallying(seen_kinds=dict(before.effects), seen_charges=before.charges)
            return self.frames.setdefault(Path(fiber.home), request.default)
        raise PolicyError(
            f"at {fiber.path!r} a policy yielded {request!r:.80}, which is no effect; "
            "write 'result = yield from SomeEffect(...)', with 'from'"
        )

    def _remember(self, fiber: _Fiber[E], state: object) -> None:
        path = fiber.home
        if not path:  # the outermost conversation: all that happened stands below it
            self.frames, self.journal, self.tallies, self.decided = {ROOT: state}, {}, {}, {}
            return
        self.frames = {p: s for p, s in self.frames.items() if not p.startswith(path)}
        if self.journal:
            self.journal = {p: o for p, o in self.journal.items() if not p.startswith(path)}
        if self.tallies:
            self.tallies = {p: t for p, t in self.tallies.items() if not p.startswith(path)}
        if fiber.tally:
            self.tallies[Path(path)] = fiber.tally.whole()
        self.frames[Path(path)] = state

    def _fork(self, fiber: _Fiber[E], request: Fork[E]) -> None:
        if not request.children:
            self._agenda.append((fiber, Ok(None)))
            return
        below = f"{fiber.path}{fiber.places}/"
        fiber.places += 1
        fiber.race = below if request.first_only else None
        won = self.winners.get(below)
        if won is not None and won not in {label for label, _ in request.children}:
            raise Divergence(
                f"at {below}: the race was won by program {won}, and the run now has {len(request.children)} there; "
                "the team changed since, or the trace is damaged"
            )
        fiber.children, fiber.after = {}, request.after
        for label, steps in reversed(request.children):
            path = f"{below}{label}."
            scope = fiber.scope
            if request.bounds is not None:
                scope = self._scope(Path(path), request.bounds, fiber.scope)
                if scope.depth > fiber.scope.floor:
                    self._agenda.append((fiber, None))
                    self.halt(EffectLimit("max_depth", int(fiber.scope.floor), "converse"))
                    return
            child = _Fiber(steps, path, path, fiber, scope, label, fiber.turn)
            fiber.children[label] = child
            if not request.after.get(label):
                self._agenda.append((child, None))
