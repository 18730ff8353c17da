"""Running code files in an executor, and saying what became of them: to try a sandbox, or to use one in a script."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import anyio
from attrs import field, frozen
from cyclopts import Parameter
from msgspec.json import encode

from typedagents.core.code import (
    MIB,
    BlockResult,
    Captured,
    CodeBlock,
    CodeLimits,
    CodeResult,
    Exited,
    LimitHit,
    Refused,
    RunCode,
    Saved,
    Signalled,
    TimedOut,
    exit_code,
)
from typedagents.core.errors import ConfigError
from typedagents.executors import ExecutorName, executor_named
from typedagents.executors.planner import LANGUAGES, SAVED

from .closing import BETWEEN
from .page import Page, Span

Files: TypeAlias = Annotated[
    str, Parameter(help="Code files, run one after the other up to the first that fails.")
]
ENDINGS = {
    **{ending: language for language, ending in SAVED.items()},
    **{ending: language for language, (ending, _) in LANGUAGES.items()},
    "bash": "bash",
    "sh": "sh",
}


@Parameter(name="*")
@frozen
class Running:
    """Where and within what it runs."""

    executor: Annotated[ExecutorName, Parameter(help="Where it runs; local does not isolate.")] = "default"
    wall: Annotated[float, Parameter(help="Seconds for each file.")] = 60.0
    memory: Annotated[int, Parameter(help="Megabytes for each file.")] = 512

    @property
    def limits(self) -> CodeLimits:
        """These bounds; ``ConfigError`` where they are none."""
        try:
            return CodeLimits(wall_s=self.wall, memory_bytes=self.memory * MIB)
        except ValueError as error:
            raise ConfigError(
                f"--wall and --memory are above 0; found {self.wall:g} and {self.memory}"
            ) from error


@frozen
class Unwatched:
    """A call that nobody watches."""

    id: str = "exec/t0.0"
    run: str = "exec"
    agent: str = "user"
    attempt: int = 1
    deadline_s: float | None = None
    shown: tuple[object, ...] = field(default=())

    def emit(self, observation: object, /) -> None:
        """What it writes is printed when it has ended."""


def block_of(file: str) -> CodeBlock:
    """The code in a file, which keeps its name; ``ConfigError`` where there is none to run."""
    path = Path(file)
    language = ENDINGS.get(path.suffix.removeprefix("."))
    if language is None:
        known = ", ".join(f".{ending}" for ending in ENDINGS)
        raise ConfigError(f"{file} is of no language that is known by its ending; known are: {known}")
    try:
        return CodeBlock(language, path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file} as text: {error}") from error


def run_files(files: Sequence[str], running: Running) -> CodeResult:
    """Run them; ``ExecutorUnavailable`` where that cannot be done."""
    request = RunCode(tuple(block_of(file) for file in files), running.limits)
    return anyio.run(executor_named(running.executor).run, request, Unwatched())


def json_of(files: Sequence[str], result: CodeResult) -> str:
    """The whole result as one JSON object; contents of artefacts are left out."""
    ran = zip(files, result.blocks, strict=False)
    told = {
        "exit_code": result.exit_code,
        "blocks": [{"file": file, **_told(block)} for file, block in ran],
        "artefacts": [
            {"path": one.path, "size": one.size, "sha256": one.sha256, "mime": one.mime}
            for one in result.artefacts
        ],
        "unenforced": result.unenforced,
    }
    return encode(told).decode()


def _told(block: BlockResult) -> dict[str, object]:
    return {
        "how": block.end.how,
        "exit_code": exit_code(block.end),
        "end": ending(block),
        "stdout": _stream(block.stdout),
        "stderr": _stream(block.stderr),
    }


def _stream(captured: Captured) -> dict[str, object]:
    return {"text": captured.data.decode("utf-8", "replace"), "dropped": captured.dropped}


def ending(block: BlockResult) -> str:
    """How it ended, in words."""
    match block.end:
        case Exited(code):
            return f"exit {code}"
        case Signalled(signal):
            return f"ended by signal {signal}"
        case TimedOut(after_s):
            return f"stopped after {after_s:g} s"
        case LimitHit(limit):
            return f"stopped at the limit on {limit}"
        case Refused(reason):
            return f"refused: {reason}"
        case Saved(filename):
            return f"saved as {filename}, not run"


def print_result(files: Sequence[str], result: CodeResult, page: Page) -> None:
    """What the programs wrote, on the streams they wrote it to; then how each ended, and what it left."""
    for file, block in zip(files, result.blocks, strict=False):
        for captured, stream in ((block.stdout, sys.stdout), (block.stderr, sys.stderr)):
            if captured.data:
                print(
                    captured.text, end="" if captured.text.endswith("\n") else "\n", file=stream, flush=True
                )
        good = exit_code(block.end) == 0
        page.line(0, Span(f"{file}{BETWEEN}{ending(block)}", "good" if good else "bad"))
    for artefact in result.artefacts:
        page.line(
            1, Span(f"{artefact.path}{BETWEEN}{artefact.size:,} bytes{BETWEEN}{artefact.sha256[:12]}", "dim")
        )
    if result.unenforced:
        page.line(0, Span(f"not enforced here: {', '.join(result.unenforced)}", "dim"))
