"""Helpers: run code in an executor, and look at what is left on the machine afterwards."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import define, field

from tests.executors.machinery import Service, processes
from tests.kubernetes.machinery import pods_left
from typedagents import CodeBlock, CodeLimits, CodeResult, RunCode
from typedagents.executors import CommandLineExecutor, Containers, Pods


@define
class Watching:
    """A call that remembers what was shown."""

    id: str = "run/t0.0"
    run: str = "run"
    agent: str = "user"
    attempt: int = 1
    deadline_s: float | None = None
    shown: list[object] = field(factory=list)

    def emit(self, observation: object, /) -> None:
        self.shown.append(observation)


async def run(
    executor: CommandLineExecutor,
    *codes: str,
    language: str = "python",
    limits: CodeLimits = CodeLimits(),  # noqa: B008  # a frozen value
    session: str = "",
) -> CodeResult:
    """The result of these blocks."""
    blocks = tuple(CodeBlock(language, code) for code in codes)
    return await executor.run(RunCode(blocks, limits, session), Watching())


def processes_with(mark: str) -> list[str]:
    """The command lines of living processes that contain ``mark``."""
    return list(processes(mark).values())


def containers_left(executor: CommandLineExecutor) -> list[str]:
    """The containers that its engine holds, or the pods of its cluster; none where it has neither."""
    if isinstance(executor.factory, Pods):
        return pods_left(executor.factory.cluster)
    if not isinstance(executor.factory, Containers):
        return []
    return Service(executor.factory.engine.socket).containers()


def mounts_of(executor: CommandLineExecutor) -> list[str]:
    """What is mounted in places of ours, or of its engine's, but for the folder of its layers: Podman mounts that onto itself."""
    ours = ["/typedagents-"]
    if isinstance(executor.factory, Containers):
        ours.append(os.path.dirname(executor.factory.engine.socket))
    lines = Path("/proc/self/mounts").read_text().splitlines()
    ours_now = (line for line in lines if any(place in line for place in ours))
    return sorted(line for line in ours_now if not line.split()[1].endswith("/data/overlay"))


def resident() -> int:
    """How much memory this process holds, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
