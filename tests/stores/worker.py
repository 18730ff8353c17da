"""Holds runs in a process that may be killed at any time: `python -m tests.stores.worker FOLDER NAME...`.

Each performance is noted before and after; a run that is there already is gone on with. Says on standard output when it
performs, so that whoever kills it knows how far it came without a clock.
"""

from __future__ import annotations

import sys
from pathlib import Path

from attrs import define

from tests.interpreter.crasher import works
from tests.interpreter.effects import Fetch, Send
from typedagents.core.errors import TraceError
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.team import Agent, Team, group
from typedagents.interpreter.world import World
from typedagents.stores.sqlite import sqlite_runs

TURNS = 6
STAYS = "stays"
"""The run whose effects take until a line comes in."""
TEAM: Team[Fetch | Send] = group(Agent(AgentName("w"), works), limits=Limits(max_decisions=TURNS))


@define
class Noting:
    """Performs by writing lines: one before, one after."""

    folder: Path
    run: str

    def note(self, text: str) -> None:
        with (self.folder / "performed").open("a", encoding="utf-8") as file:
            file.write(f"{self.run} {text}\n")

    def fetch(self, effect: Fetch) -> str:
        return self.perform(effect.what)

    def send(self, effect: Send) -> str:
        return self.perform(effect.what)

    def perform(self, what: str) -> str:
        self.note(f"begin {what}")
        sys.stdout.write(f"{self.run} {what}\n")
        sys.stdout.flush()
        if self.run == STAYS:
            sys.stdin.readline()
        self.note(f"end {what}")
        return what.upper()

    def world(self) -> World[Fetch | Send]:
        return World(
            Fetch.by(self.fetch) | Send.by(self.send), sqlite_runs(self.folder / "runs.sqlite", fsync=False)
        )


def hold(folder: Path, run: str) -> None:
    """Begin the run, or go on with it."""
    world = Noting(folder, run).world()
    try:
        world.run_sync(TEAM, "go", name=run)
    except TraceError:
        world.resume_sync(TEAM, run)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        hold(Path(sys.argv[1]), name)
