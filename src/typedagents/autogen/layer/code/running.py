"""Running blocks in a sandbox over a folder of the user's, as AutoGen's command-line executor does.

Unlike the native executor, programs import what lies beside them, files stay, and nothing is collected: the folder is
the user's own, and may hold more than a trace should.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import md5
from types import MappingProxyType
from warnings import warn

from attrs import frozen

from typedagents.core.code import BlockResult, CodeBlock, CodeLimits, Refused, Saved, exit_code
from typedagents.core.errors import ConfigError, ExecutorUnavailable
from typedagents.executors.capture import Capture
from typedagents.executors.commandline import CodeOutput
from typedagents.executors.default import probe_bubblewrap
from typedagents.executors.planner import ALIASES, LANGUAGES, SAVED, Refuse, Run, Save, Step
from typedagents.executors.processes.bubblewrap import Bubblewrap
from typedagents.executors.processes.local import Local
from typedagents.executors.sandbox import Chunk, Job, SafePath, Sandbox, SandboxFactory

from .scripts import danger_in, silence_pip

GIB = 1 << 30

Watch = Callable[[CodeOutput], None]


def limits_of(timeout_s: float) -> CodeLimits:
    """The time that was asked for, and room for the usual libraries, which AutoGen does not bound at all."""
    return CodeLimits(
        wall_s=timeout_s,
        cpu_s=max(timeout_s, 1.0) * 4,
        memory_bytes=4 * GIB,
        processes=256,
        open_files=1024,
        file_bytes=GIB,
    )


@cache
def warned_of_no_isolation(why: str) -> None:
    """Say once in a process that code runs without a sandbox, since the program asked for that."""
    warn(
        f"use_docker=False: code runs as a plain process of this machine, with its files and network, since {why}",
        UserWarning,
        stacklevel=2,
    )


def sandboxes_over(
    work_dir: str, *, read_only: Sequence[str] = (), accept_no_isolation: bool = False
) -> SandboxFactory:
    """Sandboxes over this folder. ``ExecutorUnavailable`` where there can be none, unless that was accepted."""
    probe = probe_bubblewrap()
    if probe.works:
        return Bubblewrap(work_dir, read_only=tuple(read_only))
    if not accept_no_isolation:
        raise ExecutorUnavailable(
            f"no sandbox to run code in: {probe.text}",
            'or write code_execution_config={"use_docker": False} to run it on this machine without one',
        )
    warned_of_no_isolation(probe.text)
    return Local(work_dir, accept_no_isolation=True)


NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


@frozen
class Programs:
    """How blocks become programs. ``policies``: whether a language is run, or only kept as a file."""

    policies: Mapping[str, bool]
    limits: CodeLimits
    python: str = "python3"
    env: Mapping[str, str] = NOTHING_MORE

    def plan(self, block: CodeBlock) -> Step:
        """What to do with one block."""
        told = block.language.lower()
        language = ALIASES.get(told, told)
        ending, argv = LANGUAGES.get(language, (SAVED.get(language, ""), ()))
        if not ending:
            return Refuse(f"unknown language {told}")
        danger = danger_in(told, block.code)
        if danger:
            return Refuse(f"{danger}; say it in another way")
        code = silence_pip(block.code, language).encode("utf-8", "replace")
        try:
            path = SafePath(
                block.filename or f"tmp_code_{md5(code, usedforsecurity=False).hexdigest()}.{ending}"
            )
        except ConfigError as error:
            return Refuse(f"Filename is not in the workspace: {error}")
        if not self.policies.get(told, self.policies.get(language, False)):
            return Save(path, code)
        if not argv:
            return Refuse(f"no program runs {language}; it can only be saved")
        return Run(language, path, code, self.command(language, path))

    def command(self, language: str, path: SafePath) -> tuple[str, ...]:
        """What runs this file."""
        argv = (self.python, "-u") if language == "python" else LANGUAGES[language][1]
        return (*argv, path.text)


@frozen
class Ran:
    """What became of a block, and the file it is in; empty where it is in none."""

    result: BlockResult
    path: str = ""


def nobody(output: CodeOutput) -> None:
    """Watches nothing."""


async def run_blocks(
    sandbox: Sandbox, blocks: Sequence[CodeBlock], programs: Programs, watch: Watch = nobody
) -> list[Ran]:
    """Run them one after the other, up to the first that fails."""
    done: list[Ran] = []
    for block in blocks:
        done.append(await _run(sandbox, programs.plan(block), programs, watch))
        if exit_code(done[-1].result.end):
            break
    return done


async def _run(sandbox: Sandbox, step: Step, programs: Programs, watch: Watch) -> Ran:
    if isinstance(step, Refuse):
        return Ran(BlockResult(Refused(step.reason)))
    await sandbox.write_file(step.path, step.data)
    if isinstance(step, Save):
        return Ran(BlockResult(Saved(step.path.text)), step.path.text)
    return Ran(await run_command(sandbox, step.argv, programs, watch), step.path.text)


async def run_command(
    sandbox: Sandbox, argv: tuple[str, ...], programs: Programs, watch: Watch = nobody
) -> BlockResult:
    """Run this command in the folder."""
    limit = programs.limits.output_bytes
    captures = {"stdout": Capture(limit), "stderr": Capture(limit)}

    def seen(chunk: Chunk) -> None:
        capture = captures[chunk.stream]
        if capture.total < limit:
            watch(CodeOutput(chunk.stream, chunk.data.decode("utf-8", "replace")))
        capture.add(chunk.data)

    env = {"PYTHONPATH": ".", **programs.env}
    end = await sandbox.exec(Job(argv, env=env, limits=programs.limits, watch=seen))
    return BlockResult(end, captures["stdout"].kept, captures["stderr"].kept)
