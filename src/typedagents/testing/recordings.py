"""Runs recorded once and replayed for ever: a test that needs no model, no network and no luck.

A recording is a trace file that lives beside the tests. Replaying it performs nothing; where the team now asks for
something else, the test fails and says which field of which effect differs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, TypeVar, assert_never, runtime_checkable

from attrs import define, evolve, field

from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError, Divergence
from typedagents.core.handler import Handler
from typedagents.core.kernel import opened
from typedagents.core.team import Team
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory, TraceStore
from typedagents.interpreter.world import Opening, World
from typedagents.trace.codec import plain
from typedagents.trace.difference import differences
from typedagents.trace.recording import Recording

from .network import blocked_network

E = TypeVar("E", bound=AnyEffect)
T = TypeVar("T", bound=Team[AnyEffect])
T_contra = TypeVar("T_contra", bound=Team[AnyEffect], contravariant=True)
Mode: TypeAlias = Literal["replay", "record", "rewrite"]
"""``replay``: a missing recording is an error; ``record``: it is made; ``rewrite``: every recording is made anew."""

VARIABLE = "TYPEDAGENTS_RECORDINGS"
MODES: Mapping[str, Mode] = {"replay": "replay", "record": "record", "rewrite": "rewrite"}


def wanted_mode(environment: Mapping[str, str] = os.environ) -> Mode:
    """What the environment asks for (``TYPEDAGENTS_RECORDINGS``, set by pytest's ``--typedagents``); else ``replay``."""
    named = environment.get(VARIABLE, "replay")
    if named not in MODES:
        raise ConfigError(f"{VARIABLE} is one of {', '.join(MODES)}; found {named!r}")
    return MODES[named]


def assert_replays(team: Team[E], trace: str | os.PathLike[str] | Sequence[bytes]) -> Outcome:
    """Replay ``trace``, a file or its lines; ``AssertionError`` names the first field in which ``team`` differs from it.

    ``assert_replays(team, "tests/recordings/sum.jsonl")``. Nothing is performed, and the network is blocked.
    """
    nobody: Handler[E] = Handler({})
    world = World(nobody, store=None)
    with blocked_network(), _as_assertion(trace):
        return world.replay(team, _lines(trace))


def _lines(trace: str | os.PathLike[str] | Sequence[bytes]) -> Sequence[bytes]:
    if not isinstance(trace, str | os.PathLike):
        return trace
    try:
        return Path(trace).read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise ConfigError(f"cannot read the recording {os.fspath(trace)}: {error.strerror}") from error


@contextmanager
def _as_assertion(trace: object) -> Iterator[None]:
    where = f"{os.fspath(trace)}: " if isinstance(trace, str | os.PathLike) else ""
    try:
        yield
    except Divergence as divergence:
        raise AssertionError(
            f"{where}{divergence}\n  where the change is meant, record it anew: pytest --typedagents=rewrite"
        ) from divergence


@runtime_checkable
class Runs(Protocol[T_contra]):
    """What runs such teams: a ``World``. Named by its teams, because type checkers infer these and not their effects."""

    def storing_in(self, store: TraceStore | None) -> Runs[T_contra]: ...

    def run_sync(self, team: T_contra, said: Opening = None, *, name: str | None = None) -> Outcome: ...


def record_or_replay(
    file: str | os.PathLike[str],
    world: Runs[T] | Callable[[], Runs[T]],
    team: T,
    said: Opening = None,
    *,
    mode: Mode | None = None,
) -> Outcome:
    """Replay the recording ``file``; or run ``team`` in ``world`` and make it, where ``mode`` says so.

    ``record_or_replay("tests/recordings/sum.jsonl", world, team, "What is 2 + 2?")``. ``mode`` None: see
    ``wanted_mode``. By default nothing is ever recorded, so that a test on a build machine cannot call a model.
    Where making the world needs a key or a sandbox, give the function that makes it: a replay never calls it.
    """
    path = Path(file)
    match mode or wanted_mode():
        case "rewrite":
            return _recorded(path, world, team, said)
        case "record" if not path.exists():
            return _recorded(path, world, team, said)
        case "record" | "replay":
            return _replayed(path, team, said)
        case never:
            assert_never(never)


def _recorded(path: Path, world: Runs[T] | Callable[[], Runs[T]], team: T, said: Opening) -> Outcome:
    """Run, and write the trace at once when the run is over: a run that breaks off leaves no recording."""
    memory = TraceMemory()
    runs = world if isinstance(world, Runs) else world()
    outcome = runs.storing_in(memory).run_sync(team, said, name=path.stem)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{os.getpid()}.new")
    made.write_bytes(bytes(memory.traces[path.stem]))
    made.replace(path)
    return evolve(outcome, trace=str(path))


def _replayed(path: Path, team: Team[AnyEffect], said: Opening) -> Outcome:
    if not path.exists():
        raise AssertionError(f"there is no recording at {path}; make it with: pytest --typedagents=record")
    lines = _lines(path)
    then, now = Recording.load(lines).opening(), opened(team, said).log
    with _as_assertion(path):
        if then != now:
            found = "\n  ".join(differences(plain(list(then)), plain(list(now)), "opening"))
            raise Divergence(f"the run is opened differently:\n  {found}")
        return assert_replays(team, lines)


@define
class RecordingFolder:
    """The recordings of one test, in ``folder``: what the fixture ``typedagents_recording`` is.

    ``outcome = typedagents_recording(world, team, "What is 2 + 2?")``; a second call in the same test has a file of its
    own.
    """

    folder: Path
    test: str
    mode: Mode
    calls: int = field(default=0, init=False)

    def __call__(self, world: Runs[T] | Callable[[], Runs[T]], team: T, said: Opening = None) -> Outcome:
        self.calls += 1
        name = self.test if self.calls == 1 else f"{self.test}-{self.calls}"
        return record_or_replay(self.folder / f"{name}.jsonl", world, team, said, mode=self.mode)
