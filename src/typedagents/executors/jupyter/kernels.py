"""Sandboxes in which Python goes on: blocks of one session find what those before them left in memory.

Each kernel has a thread with an event loop of its own: it outlives the requests, which may come from other loops, and
programs that die with the thread that started them live as long as it does.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context
from queue import SimpleQueue
from typing import Protocol, TypeVar

import anyio
import anyio.from_thread
from attrs import define, evolve, field, frozen

from typedagents.core.code import RunEnd
from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.commandline import CommandLineExecutor
from typedagents.executors.environments import outside_the_system
from typedagents.executors.folder import FolderSandbox, WorkFolder
from typedagents.executors.processes.bubblewrap import Bubblewrap
from typedagents.executors.sandbox import Argv, Capabilities, Chunk, Interpreted, Job

from .kernel import HINT, Home, Kernel

T = TypeVar("T")
STOP_S = 30.0


class HomeFactory(Protocol):
    """Opens such sandboxes: ``Bubblewrap``, ``Local``, ``Containers``."""

    @property
    def capabilities(self) -> Capabilities: ...

    def open(self) -> AbstractAsyncContextManager[Home]: ...


@define(eq=False)
class Held:
    """The kernel of one sandbox; none until the first block, and after it ended."""

    home: Home
    python: Argv
    _kernel: Kernel | None = field(default=None, init=False)
    _stopping: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def run(self, code: str, job: Job) -> Interpreted:
        """Run a block in it; a kernel's environment and memory are those of the first."""
        if self._kernel is not None and self._kernel.over:
            await self.stop()
        if self._kernel is None:
            self._kernel = Kernel(self.home)
            await self._kernel.start(self.python, job.env, job.limits)
        return await self._kernel.run(code, job)

    async def stop(self) -> None:
        """End it; where that is under way, be there until it is done."""
        async with self._stopping:
            if self._kernel is not None:
                await self._kernel.stop()
            self._kernel = None


def _live(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _submit(work: Coroutine[None, None, T], loop: asyncio.AbstractEventLoop) -> Future[T]:
    """Have the loop do it, in a context of its own: ours may say that this is another kind of loop."""
    return Context().run(asyncio.run_coroutine_threadsafe, work, loop)


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread, held: Held) -> None:
    try:
        _submit(held.stop(), loop).result(STOP_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STOP_S)


@define(eq=False)
class Thread:
    """The thread in which a kernel is held; it ends at the latest when Python does."""

    held: Held
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _end: weakref.finalize[[asyncio.AbstractEventLoop, threading.Thread, Held], Thread] | None = field(
        default=None, init=False
    )

    async def run(self, code: str, job: Job) -> Interpreted:
        """Run a block there, and show here what it shows. Cancelled, the kernel is ended: its program has to stop."""
        loop = self._started()
        pieces = SimpleQueue[Chunk | None]()
        future = _submit(self.held.run(code, evolve(job, watch=pieces.put)), loop)
        future.add_done_callback(lambda _: pieces.put(None))

        def follow() -> Interpreted:
            while (piece := pieces.get()) is not None:
                anyio.from_thread.run_sync(job.watch, piece)
            return future.result()

        try:
            return await anyio.to_thread.run_sync(follow, abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            future.cancel()
            stopped = _submit(self.held.stop(), loop)
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(stopped.result, STOP_S)
            raise

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            thread = threading.Thread(
                target=_live, args=(self._loop,), daemon=True, name="typedagents-kernel"
            )
            thread.start()
            self._end = weakref.finalize(self, _end, self._loop, thread, self.held)
        return self._loop

    async def close(self) -> None:
        """End the kernel and the thread, through whatever cancellation."""
        if self._end is not None:
            try:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._end)
            finally:
                self._end()


@frozen
class KernelSandbox(FolderSandbox):
    """A sandbox of another kind, and a kernel in it; see ``Kernels``."""

    folder: WorkFolder
    home: Home
    thread: Thread
    box: Kernels

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(self, job: Job) -> RunEnd:
        """Run a program beside the kernel, over the same folder."""
        return await self.home.exec(job)

    async def interpret(self, language: str, code: str, job: Job) -> Interpreted | None:
        """Run Python in the kernel."""
        if language != "python":
            return None
        return await self.thread.run(code, job)


@frozen
class Kernels:
    """Sandboxes of ``home``, each with a Jupyter kernel for Python; other languages run as in ``home``.

    ``python`` is the command, as it is named in there, of an interpreter that has ipykernel.
    """

    home: HomeFactory
    python: Argv = field(default=("python3",), converter=tuple[str, ...])

    @property
    def capabilities(self) -> Capabilities:
        """What ``home`` promises. A run's processor time is bounded by its time alone."""
        found = self.home.capabilities
        languages = ("python", *(name for name in found.languages if name != "python"))
        return evolve(found, languages=languages, stateful=True, unenforced=(*found.unenforced, "cpu"))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[KernelSandbox]:
        """A sandbox whose kernel starts with the first block, and ends with it."""
        async with self.home.open() as home:
            thread = Thread(Held(home, self.python))
            try:
                yield KernelSandbox(home.folder, home, thread, self)
            finally:
                await thread.close()


def _own_python() -> tuple[str, tuple[str, ...]]:
    """This interpreter, and the folders that it needs besides the system's."""
    if importlib.util.find_spec("ipykernel") is None:
        raise ExecutorUnavailable("ipykernel is not installed beside this interpreter", HINT)
    folders = outside_the_system(os.path.realpath(place) for place in (sys.prefix, sys.base_prefix))
    return sys.executable, folders


def jupyter_executor(home: HomeFactory | None = None, *, python: str = "") -> CommandLineExecutor:
    """Run Python in Jupyter kernels: in bubblewrap with this interpreter, or in ``home`` with ``python`` of there.

    ``jupyter_executor(Containers(engine, image))`` takes the ``python3`` of an image that has ipykernel. Runs share a
    kernel when they name the same ``session``.
    """
    if home is not None:
        return CommandLineExecutor(Kernels(home, (python or "python3",)))
    own, folders = _own_python()
    return CommandLineExecutor(Kernels(Bubblewrap(read_only=folders), (python or own,)))
