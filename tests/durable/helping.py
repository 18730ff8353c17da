"""What tests of both engines need: workers in processes, waiting for what becomes true, comparing traces."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol, Self

from attrs import define, field
from msgspec.json import decode, encode

import typedagents
from typedagents.core.effect import AnyEffect
from typedagents.core.handler import Handler
from typedagents.core.team import Team
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.prompts import Prompt
from typedagents.interpreter.world import World

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0


@define(eq=False)
class Workers:
    """Worker processes of one engine, over one folder."""

    folder: Path
    engine: str
    where: str
    processes: dict[str, subprocess.Popen[bytes]] = field(factory=dict)

    def start(self, label: str, *, name: str = "", dies: str = "", takes_s: float = 0.0) -> None:
        """``name``: the executor of DBOS, or the task queue of Temporal; the label where there is none."""
        (self.folder / f"ready-{name or label}").unlink(missing_ok=True)
        source = str(Path(typedagents.__path__[0]).parent)
        line = [sys.executable, "-m", "tests.durable.worker_main", str(self.folder), self.engine, self.where]
        with (self.folder / f"{label}.log").open("ab") as log:
            self.processes[label] = subprocess.Popen(
                [*line, name or label, dies, str(takes_s)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([source, str(ROOT)])},
                stdout=log,
                stderr=log,
            )

    def kill(self, label: str) -> None:
        process = self.processes.pop(label)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def threads(self, label: str) -> int:
        """How many it has."""
        return len(list(Path(f"/proc/{self.processes[label].pid}/task").iterdir()))

    def wait(self, label: str) -> int:
        """Until it ends by itself."""
        return self.processes.pop(label).wait(PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for label in tuple(self.processes):
            self.kill(label)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what a server or another process does."""
    end = time.monotonic() + PATIENCE_S
    while not await holds():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.05)


class Answers(Protocol):
    """A client of an engine."""

    async def prompts(self, run: str) -> Sequence[Prompt]: ...
    async def answer(self, run: str, prompt: str, text: str) -> None: ...


async def asking(client: Answers, run: str) -> Prompt:
    """The first prompt of a run, as soon as it waits for one."""

    async def asked() -> bool:
        return bool(await client.prompts(run))

    await until(asked)
    return (await client.prompts(run))[0]


async def many(runs: Sequence[str], do: Callable[[str], Awaitable[None]]) -> None:
    """``do`` it for all of them, fifty at a time."""
    seats = asyncio.Semaphore(50)

    async def one(run: str) -> None:
        async with seats:
            await do(run)

    await asyncio.gather(*[one(run) for run in runs])


def without_times(lines: Sequence[bytes]) -> list[bytes]:
    """Lines without what differs between two runs alike: times, and the name of the run."""
    found: list[bytes] = []
    for line in lines:
        fields = decode(line, type=dict[str, object])
        fields.pop("at", None)
        if fields["line"] == "header":
            fields |= {"run": "", "library": ""}
        found.append(encode(fields))
    return found


def timeless(lines: Sequence[bytes]) -> list[bytes]:
    """The same in no order: effects side by side may end in any."""
    return sorted(without_times(lines))


def replayed(team: Team[AnyEffect], lines: Sequence[bytes]) -> Outcome:
    """The run again, from its trace alone; raises where that differs in anything."""
    nobody: Handler[AnyEffect] = Handler({})
    return World(nobody, store=None).replay(team, lines)
