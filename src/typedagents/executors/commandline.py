"""The executor over a sandbox: plan each block, run it, collect what it wrote and left."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Literal

import anyio
from attrs import define, field, frozen

from typedagents.core.code import (
    BlockResult,
    CodeBlock,
    CodeResult,
    Refused,
    RunCode,
    Saved,
    exit_code,
)
from typedagents.core.handler import Call

from .capture import Capture
from .planner import Refuse, Save, plan
from .sandbox import Capabilities, Chunk, Sandbox, SandboxFactory


@frozen
class CodeOutput:
    """What a program is just writing: shown to watchers while it runs."""

    stream: Literal["stdout", "stderr"]
    text: str


@define
class _Sessions:
    """Sandboxes that keep their files between requests, by the name of their session."""

    stack: AsyncExitStack = field(factory=AsyncExitStack)
    open: dict[str, Sandbox] = field(factory=dict)
    lock: anyio.Lock = field(factory=anyio.Lock)


@define(eq=False)
class CommandLineExecutor:
    """Runs blocks as files given to their language's command, in a fresh sandbox for each request.

    A request with a ``session`` keeps its work folder until ``aclose``. As many requests as you like run at once.
    """

    factory: SandboxFactory
    _sessions: _Sessions = field(factory=_Sessions, init=False)

    @property
    def capabilities(self) -> Capabilities:
        """What the sandbox promises."""
        return self.factory.capabilities

    async def run(self, request: RunCode, call: Call, /) -> CodeResult:
        """Run the blocks one after the other, up to the first that fails."""
        if not request.session:
            async with self.factory.open() as sandbox:
                return await self._run_in(sandbox, request, call)
        sessions = self._sessions
        async with sessions.lock:
            if request.session not in sessions.open:
                opened = await sessions.stack.enter_async_context(self.factory.open())
                sessions.open[request.session] = opened
        return await self._run_in(sessions.open[request.session], request, call)

    async def aclose(self) -> None:
        """End all sessions and remove their folders."""
        sessions, self._sessions = self._sessions, _Sessions()
        await sessions.stack.aclose()

    async def _run_in(self, sandbox: Sandbox, request: RunCode, call: Call) -> CodeResult:
        results: list[BlockResult] = []
        for block in request.blocks:
            results.append(await self._block(sandbox, block, request, call))
            if exit_code(results[-1].end):
                break
        artefacts = await sandbox.collect(request.limits)
        return CodeResult(tuple(results), artefacts, sandbox.capabilities.unenforced)

    async def _block(self, sandbox: Sandbox, block: CodeBlock, request: RunCode, call: Call) -> BlockResult:
        step = plan(block)
        if isinstance(step, Refuse):
            return BlockResult(Refused(step.reason))
        await sandbox.write_file(step.path, step.data)
        if isinstance(step, Save):
            return BlockResult(Saved(step.path.text))
        limit = request.limits.output_bytes
        captures = {"stdout": Capture(limit), "stderr": Capture(limit)}

        def watch(chunk: Chunk) -> None:
            capture = captures[chunk.stream]
            if capture.total < limit:
                call.emit(CodeOutput(chunk.stream, chunk.data.decode("utf-8", "replace")))
            capture.add(chunk.data)

        end = await sandbox.exec(
            step.argv, stdin=request.stdin, env=dict(request.env), limits=request.limits, watch=watch
        )
        return BlockResult(end, captures["stdout"].kept, captures["stderr"].kept)
