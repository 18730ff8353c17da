"""A run in a process of its own, which kills itself at a given point: `python crasher.py FOLDER POINT files|sqlite`.

Every performance is written to a file before and after, so that it can be counted from outside. POINT is
``write:N/HALVES`` (at the Nth step written to the trace: before, amid or after it) or ``inside:NAME`` (while NAME is performed).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import define

from tests.interpreter.effects import Fetch, Send
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Failed, Ok, Steps
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.structure import attempt, both
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceFiles, TraceStore, TraceWriter
from typedagents.interpreter.world import World
from typedagents.stores.sqlite import SqliteRuns, sqlite_runs


def works(view: View, /) -> Steps[Decision, Fetch | Send]:
    """Fetches two at once, sends one, and tells."""
    a, b = yield from both(Fetch(f"a{view.turn}"), Fetch(f"b{view.turn}"))
    sent = yield from attempt(Send(f"s{view.turn}"))
    match sent:
        case Ok(value):
            return Reply(f"{a} {b} {value}")
        case Failed(kind):
            return Reply(f"{a} {b} {kind}")


TEAM: Team[Fetch | Send] = group(Agent(AgentName("w"), works), limits=Limits(max_decisions=2))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@define
class Doing:
    """The world's side: performs by writing a line, and dies where it is told to."""

    folder: Path
    deadly: str = ""

    def note(self, text: str) -> None:
        with (self.folder / "performed").open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    def fetch(self, effect: Fetch) -> str:
        return self.perform(effect.what)

    def send(self, effect: Send) -> str:
        return self.perform(effect.what)

    def perform(self, what: str) -> str:
        self.note(what)
        if self.deadly == f"inside:{what}":
            die()
        return what.upper()


@define
class DeadlyWriter:
    """Dies before or after a given write."""

    inner: TraceWriter
    deadly: int
    half: int
    count: int = 0

    @property
    def place(self) -> str:
        return self.inner.place

    def append(self, data: bytes, /) -> None:
        self.count += 1
        if self.count == self.deadly:
            self.inner.append(data[: len(data) * self.half // 2])
            die()
        self.inner.append(data)

    def close(self) -> None:
        self.inner.close()


@define
class DeadlyStore:
    """A store whose writer dies."""

    inner: TraceStore
    deadly: int
    half: int

    def create(self, run: str, /) -> TraceWriter:
        return DeadlyWriter(self.inner.create(run), self.deadly, self.half)

    def read(self, run: str, /) -> Sequence[bytes]:
        return self.inner.read(run)

    def reopen(self, run: str, /) -> TraceWriter:
        return self.inner.reopen(run)


def store_in(folder: Path, kind: str) -> TraceFiles | SqliteRuns:
    return TraceFiles(folder) if kind == "files" else sqlite_runs(folder / "runs.sqlite")


def main(folder: Path, point: str, store_kind: str) -> None:
    """Run until the point is reached."""
    doing = Doing(folder, point)
    kind, _, value = point.partition(":")
    number, _, half = value.partition("/") if kind == "write" else ("0", "", "0")
    store = DeadlyStore(store_in(folder, store_kind), int(number), int(half or 0))
    World(Fetch.by(doing.fetch) | Send.by(doing.send), store).run_sync(TEAM, "go", name="run")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
