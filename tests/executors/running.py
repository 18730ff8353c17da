"""Helpers: run code in an executor, and look at what is left on the machine afterwards."""

from __future__ import annotations

from pathlib import Path

from attrs import define, field

from tests.executors.machinery import Service
from typedagents import CodeBlock, CodeLimits, CodeResult, RunCode
from typedagents.executors import CommandLineExecutor, Containers


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
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if mark in line:
                found.append(line)
    return found


def containers_left(executor: CommandLineExecutor) -> list[str]:
    """The containers that its engine holds; none where it has no engine."""
    if not isinstance(executor.factory, Containers):
        return []
    return Service(executor.factory.engine.socket).containers()
