"""Python in Monty: a small interpreter that starts in a fraction of a millisecond and can do nothing but compute.

It knows a part of the language and of its library, and no files, network or processes. Each session has a worker
process of Monty's pool; variables go on from block to block. ``time.sleep`` returns at once.
"""

from __future__ import annotations

import os
import signal
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, suppress
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Literal

import anyio
import anyio.from_thread
from anyio.lowlevel import EventLoopToken, checkpoint, current_token
from attrs import define, field, frozen

from typedagents.core.code import Artefact, CodeLimits, Exited, LimitHit, RunEnd, TimedOut
from typedagents.core.errors import ExecutorError, ExecutorUnavailable

from .capture import Output
from .commandline import CommandLineExecutor
from .processes.running import PIECE, STUCK_S
from .sandbox import Capabilities, Chunk, FileInfo, Interpreted, Job, SafePath

if TYPE_CHECKING:
    from pydantic_monty import Monty as MontyPool
    from pydantic_monty import MontySession

HINT = "pip install 'typedagents[monty]'"
MOST_WORKERS = 64
FREE_WORKER_S = 30.0
LATE_S = 0.5
"""How long after its time a program is ended from outside, should its interpreter not have done it."""

SOON_S = 0.001
"""So long the loop waits for a program: most are done before another thread could have told it so."""

SHOWN_S = 0.05
"""How often watchers see what a program has printed since. To show each word at once would cost more than to run it."""

UNSHOWN = 64
"""So many prints may wait to be shown; a long one does not."""

ENDED = "the interpreter was ended, and its variables with it"
NO_VALUE = "\nNone"
"""Said last, so that the value of a last expression, which may be large, is not sent to this process."""


def require_monty() -> None:
    """``ExecutorUnavailable`` where Monty is not installed."""
    if find_spec("pydantic_monty") is None:
        raise ExecutorUnavailable("pydantic-monty is not installed", HINT)


@define(eq=False)
class _Workers:
    """The pool of interpreters, started when it is first needed; it ends with its owner, at the latest with Python."""

    _threads: ThreadPoolExecutor = field(
        factory=lambda: ThreadPoolExecutor(MOST_WORKERS, "monty"), init=False
    )
    _pool: MontyPool | None = field(default=None, init=False)
    _lock: Lock = field(factory=Lock, init=False)
    _end: weakref.finalize[[], _Workers] | None = field(default=None, init=False)

    def begin(self, work: Callable[[], Interpreted]) -> Future[Interpreted]:
        """Have this done in a thread."""
        return self._threads.submit(work)

    def take_back(self, taken: ExitStack) -> None:
        """Have the worker of a session made ready for others; nobody waits for that."""
        self._threads.submit(taken.close)

    def session(self, limits: CodeLimits) -> AbstractContextManager[MontySession]:
        with self._lock:
            pool = self._pool = self._pool or self._started()
        return pool.checkout(
            limits={
                "max_memory": limits.memory_bytes,
                "max_feed_duration_secs": min(limits.wall_s, limits.cpu_s),
            },
            os_policy={"sleep": "zero"},
        )

    def _started(self) -> MontyPool:
        require_monty()
        from pydantic_monty import Monty as MontyPool

        stack = ExitStack()
        try:
            pool = stack.enter_context(MontyPool(max_processes=MOST_WORKERS, checkout_timeout=FREE_WORKER_S))
        except (OSError, RuntimeError) as error:
            raise ExecutorUnavailable(f"Monty does not start: {error}", HINT) from error
        # Not waited for: one of them may be the last that holds the owner, and cannot wait for itself.
        stack.callback(self._threads.shutdown, wait=False)
        self._end = weakref.finalize(self, stack.close)
        return pool


@define(eq=False)
class _Feed:
    """One block under way in a worker."""

    output: Output
    worker: int | None = None
    stopped: bool = False
    flooded: bool = False
    _unshown: deque[Chunk] = field(factory=deque, init=False)
    _token: EventLoopToken = field(factory=current_token, init=False)

    @property
    def limits(self) -> CodeLimits:
        return self.output.job.limits

    def stop(self) -> None:
        """End the worker."""
        self.stopped = True
        if self.worker is not None:
            with suppress(ProcessLookupError):
                os.kill(self.worker, signal.SIGTERM)

    def take(self, stream: Literal["stdout", "stderr"], text: str) -> None:
        """Have shown what was printed; called in the thread that waits for the worker, which waits for us."""
        if self.stopped:
            return
        self._unshown.append(Chunk(stream, text.encode("utf-8", "replace")))
        many = len(self._unshown) == UNSHOWN or len(text) > PIECE
        if many and anyio.from_thread.run_sync(self._show, token=self._token):
            self.stop()

    def _show(self) -> bool:
        """Show what was printed since; whether all of it was too much."""
        while self._unshown:
            self.flooded |= self.output.take(self._unshown.popleft())
        return self.flooded

    async def done(self, work: Future[Interpreted]) -> Interpreted:
        """What the thread that does the work came to; cancelled or too late, its worker is ended, and the thread with it."""
        try:
            return work.result(SOON_S)
        except TimeoutError:
            await self._attend(work)
            return work.result() if work.done() else Interpreted(_late(self.limits), ENDED)
        finally:
            self._show()

    async def _attend(self, work: Future[Interpreted]) -> None:
        # Threads of its own: those that all share may be waiting for other programs.
        threads = anyio.CapacityLimiter(2)
        try:
            with anyio.move_on_after(self.limits.wall_s + LATE_S):
                async with anyio.create_task_group() as group:
                    group.start_soon(self._show_now_and_then)
                    await anyio.to_thread.run_sync(wait, (work,), abandon_on_cancel=True, limiter=threads)
                    group.cancel_scope.cancel()
        finally:
            if not work.done():
                self.stop()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(wait, (work,), STUCK_S, limiter=threads)

    async def _show_now_and_then(self) -> None:
        while True:
            await anyio.sleep(SHOWN_S)
            if self._show():
                self.stop()


@define(eq=False)
class MontySandbox:
    """An interpreter and its variables, and the blocks that were kept; see ``Monty``."""

    box: Monty
    _files: dict[str, bytes] = field(factory=dict, init=False)
    _session: MontySession | None = field(default=None, init=False)
    _stack: ExitStack = field(factory=ExitStack, init=False)

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(self, job: Job) -> RunEnd:
        """There are no programs here: ``ExecutorUnavailable``."""
        raise ExecutorUnavailable(
            f"Monty runs no programs, and so no {job.argv[0]}", "use another executor for them"
        )

    async def interpret(self, language: str, code: str, job: Job) -> Interpreted | None:
        """Run Python; the memory it may take is that of the first block's limits."""
        if language != "python":
            return None
        feed = _Feed(Output(job))
        await checkpoint()
        return await feed.done(self.box.workers.begin(lambda: self._feed(code, feed)))

    def _feed(self, code: str, feed: _Feed) -> Interpreted:
        from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

        started = time.monotonic()
        session = self._entered(feed.limits)
        feed.worker = session.worker_pid
        if feed.stopped:
            return Interpreted(_late(feed.limits))
        try:
            session.feed_run(code + NO_VALUE, print_callback=feed.take, os=_Environment(feed.output.job.env))
        except MontyCrashedError as error:
            self._leave()
            return Interpreted(_crashed(error.exit_status, feed, time.monotonic() - started), ENDED)
        except (MontySyntaxError, MontyRuntimeError) as error:
            inner = error.exception()
            if isinstance(inner, SystemExit):
                return Interpreted(Exited(1 if str(inner) else 0))
            feed.take("stderr", f"{error.display()}\n")
            bound = min(feed.limits.wall_s, feed.limits.cpu_s)
            late = isinstance(inner, TimeoutError) and time.monotonic() - started >= bound
            return Interpreted(_late(feed.limits) if late else Exited(1))
        return Interpreted(Exited(0))

    def _entered(self, limits: CodeLimits) -> MontySession:
        if self._session is None:
            try:
                self._session = self._stack.enter_context(self.box.workers.session(limits))
            except (OSError, RuntimeError) as error:  # a time-out is an OSError
                raise ExecutorUnavailable(f"no interpreter of Monty is free: {error}", HINT) from error
        return self._session

    def _leave(self) -> None:
        if self._session is not None:
            self._session = None
            self.box.workers.take_back(self._stack.pop_all())

    async def write_file(self, path: SafePath, data: bytes) -> None:
        """Keep a block; programs do not see it."""
        self._files[path.text] = data

    async def read_file(self, path: SafePath, max_bytes: int) -> bytes:
        """A block that was kept."""
        data = self._files.get(path.text)
        if data is None or len(data) > max_bytes:
            raise ExecutorError(
                f"cannot read {path}: there is none of at most {max_bytes} bytes", kind="path"
            )
        return data

    async def list_files(self) -> tuple[FileInfo, ...]:
        """The blocks that were kept."""
        return tuple(FileInfo(path, len(data), "file") for path, data in sorted(self._files.items()))

    async def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """Programs leave no files."""
        return ()

    async def reset(self) -> None:
        """Forget the blocks and the variables."""
        self._files.clear()
        await self.close()

    async def close(self) -> None:
        """Give the interpreter back, through whatever cancellation."""
        self._leave()


def _late(limits: CodeLimits) -> RunEnd:
    return LimitHit("cpu") if limits.cpu_s < limits.wall_s else TimedOut(limits.wall_s)


def _crashed(status: int | None, feed: _Feed, after_s: float) -> RunEnd:
    """How a program ended whose worker did not outlive it."""
    if feed.flooded:
        return LimitHit("output")
    if feed.stopped or after_s >= min(feed.limits.wall_s, feed.limits.cpu_s):
        return _late(feed.limits)
    return Exited(status or 1)


@frozen
class _Environment:
    """Answers what a program asks the system: its environment, and nothing else."""

    env: Mapping[str, str]

    def __call__(
        self,
        *,
        name: str,
        args: tuple[object, ...],
        kwargs: Mapping[str, object],
        is_async: bool,
        **_later: object,
    ) -> object:
        from pydantic_monty import NOT_HANDLED

        if name == "os.environ":
            return dict(self.env)
        if name == "os.getenv":
            key, default, *_ = (*args, None)
            return self.env.get(str(key), default)
        return NOT_HANDLED


@frozen
class Monty:
    """Interpreters of Monty, each a fresh one; those of a session keep their variables."""

    workers: _Workers = field(factory=_Workers, init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        require_monty()

    @property
    def capabilities(self) -> Capabilities:
        """What they promise."""
        return Capabilities("interpreter", False, ("python",), stateful=True)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[MontySandbox]:
        """An interpreter; a worker is taken with its first block."""
        sandbox = MontySandbox(self)
        try:
            yield sandbox
        finally:
            await sandbox.close()


def monty_executor() -> CommandLineExecutor:
    """Run Python in Monty; ``ExecutorUnavailable`` where the extra ``monty`` is not installed."""
    return CommandLineExecutor(Monty())
