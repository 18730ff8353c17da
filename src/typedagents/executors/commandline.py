"""The executor over a sandbox: plan each block, run it, collect what it wrote and left."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from mimetypes import guess_extension
from types import TracebackType
from typing import Literal, Self

import anyio
from attrs import define, evolve, field, frozen

from typedagents.core.code import (
    Artefact,
    BlockResult,
    Captured,
    CodeBlock,
    CodeResult,
    Refused,
    RunCode,
    RunEnd,
    Saved,
    exit_code,
)
from typedagents.core.errors import ExecutorError
from typedagents.core.handler import Call

from .capture import Capture
from .outliving import Unseen
from .packages import checked_wheels, install, put_files, with_packages
from .planner import Refuse, Run, Save, bad_variable, plan
from .sandbox import Capabilities, Chunk, Display, Interpreted, Job, Sandbox, SandboxFactory


@frozen
class CodeOutput:
    """What a program is just writing: shown to watchers while it runs."""

    stream: Literal["stdout", "stderr"]
    text: str


@define
class _Stream:
    """One stream of a program: kept for the result, and shown as text meanwhile, up to as much as is kept."""

    name: Literal["stdout", "stderr"]
    capture: Capture
    call: Call
    # Characters that lie across two chunks are put together again.
    _decoder: IncrementalDecoder = field(factory=lambda: getincrementaldecoder("utf-8")("replace"))

    def take(self, data: bytes) -> None:
        if self.capture.total < self.capture.limit and (text := self._decoder.decode(data)):
            self.call.emit(CodeOutput(self.name, text))
        self.capture.add(data)

    def end(self) -> Captured:
        if text := self._decoder.decode(b"", True):  # the codec's own signature
            self.call.emit(CodeOutput(self.name, text))
        return self.capture.kept


@define
class _Opened:
    """A sandbox, and the requirements that are installed in it."""

    sandbox: Sandbox
    installed: set[str] = field(factory=set)


@define
class _Sessions:
    """Sandboxes that keep their files between requests, by the name of their session; each used by one at a time."""

    stack: AsyncExitStack = field(factory=AsyncExitStack)
    open: dict[str, _Opened] = field(factory=dict)
    busy: dict[str, anyio.Event] = field(factory=dict)

    @asynccontextmanager
    async def use(self, name: str, factory: SandboxFactory) -> AsyncIterator[_Opened]:
        # Events and not a lock: they live no longer than they are used, so one loop after another may come.
        while name in self.busy:
            await self.busy[name].wait()
        self.busy[name] = anyio.Event()
        try:
            if name not in self.open:
                # It is there until aclose, whichever loops come and go meanwhile.
                self.open[name] = _Opened(await Unseen(self.stack.enter_async_context(factory.open())))
            yield self.open[name]
        finally:
            self.busy.pop(name).set()


@define(eq=False)
class CommandLineExecutor:
    """Runs blocks as files given to their language's command, in a fresh sandbox for each request.

    As many requests as you like run at once. Those with a ``session`` share its work folder and run one after the
    other; it is kept until ``aclose``: ``async with default_executor() as executor: ...`` calls that. ``wheels`` is a
    folder of yours with the packages that requests may require, for sandboxes without a network.
    """

    factory: SandboxFactory
    wheels: str | None = field(default=None, converter=checked_wheels)
    _sessions: _Sessions = field(factory=_Sessions, init=False)

    @property
    def capabilities(self) -> Capabilities:
        """What the sandbox promises."""
        return self.factory.capabilities

    async def run(self, request: RunCode, call: Call, /) -> CodeResult:
        """Run the blocks one after the other, up to the first that fails."""
        if (name := bad_variable(dict(request.env))) is not None:
            reason = f"{name!r} cannot be set in an environment: its name or its value is not one"
            return CodeResult((BlockResult(Refused(reason)),))
        if request.session:
            async with self._sessions.use(request.session, self.factory) as opened:
                return await self._run_in(opened, request, call)
        async with self.factory.open() as sandbox:
            return await self._run_in(_Opened(sandbox), request, call)

    async def aclose(self) -> None:
        """End all sessions and remove their folders."""
        sessions, self._sessions = self._sessions, _Sessions()
        await sessions.stack.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _run_in(self, opened: _Opened, request: RunCode, call: Call) -> CodeResult:
        sandbox = opened.sandbox
        if (refused := await put_files(sandbox, request.files)) is not None:
            return CodeResult((BlockResult(refused),))
        if needed := tuple(one for one in request.requirements if one not in opened.installed):
            await install(sandbox, needed, request, self.wheels)
            opened.installed.update(needed)
        if opened.installed:
            request = evolve(request, env=with_packages(request.env))
        results, shown = list[BlockResult](), list[Display]()
        for block in request.blocks:
            results.append(await self._block(sandbox, block, request, call, shown))
            if exit_code(results[-1].end):
                break
        kept = tuple(_as_file(number, display) for number, display in enumerate(shown, 1))
        artefacts = await sandbox.collect(request.limits)
        return CodeResult(tuple(results), (*artefacts, *kept), sandbox.capabilities.unenforced)

    async def _block(
        self, sandbox: Sandbox, block: CodeBlock, request: RunCode, call: Call, shown: list[Display]
    ) -> BlockResult:
        step = plan(block)
        if (early := await _before_running(sandbox, step)) is not None or not isinstance(step, Run):
            return BlockResult(early or Refused("there is nothing to run"))
        limit = request.limits.output_bytes
        streams = {
            "stdout": _Stream("stdout", Capture(limit), call),
            "stderr": _Stream("stderr", Capture(limit), call),
        }

        def watch(chunk: Chunk) -> None:
            streams[chunk.stream].take(chunk.data)

        job = Job(step.argv, stdin=request.stdin, env=dict(request.env), limits=request.limits, watch=watch)
        done = await sandbox.interpret(step.language, block.code, job)
        if done is None:
            done = Interpreted(await sandbox.exec(job))
        if done.note:
            streams["stderr"].take(f"[{done.note}]\n".encode())
        shown.extend(done.displays)
        return BlockResult(done.end, streams["stdout"].end(), streams["stderr"].end())


def _as_file(number: int, display: Display) -> Artefact:
    """What a program showed, under a name that its form gives it."""
    name = f"display-{number}{guess_extension(display.mime) or ''}"
    return Artefact(name, len(display.data), sha256(display.data).hexdigest(), display.mime, display.data)


async def _before_running(sandbox: Sandbox, step: Run | Save | Refuse) -> RunEnd | None:
    """Write the block's file; how the block ended, where that is all there is to do with it."""
    if isinstance(step, Refuse):
        return Refused(step.reason)
    languages = sandbox.capabilities.languages
    if isinstance(step, Run) and step.language not in languages:
        return Refused(f"{step.language} is not installed here; there are: {', '.join(languages) or 'none'}")
    try:
        await sandbox.write_file(step.path, step.data)
    except ExecutorError as error:
        if error.kind != "path":
            raise
        return Refused(error.text)
    return Saved(step.path.text) if isinstance(step, Save) else None
