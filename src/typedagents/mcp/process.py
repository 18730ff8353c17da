"""MCP over the standard streams of a process that is started for it: one JSON message a line.

The SDK has this as well. Its own does not say how a process ended, nor what it wrote to its stderr, which is all there
is to tell someone whose server does not start.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from subprocess import PIPE
from typing import TYPE_CHECKING, TypeAlias

import anyio
from anyio.abc import ByteReceiveStream, Process
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import define, field

from typedagents.core.errors import ConfigError

from .story import Story

if TYPE_CHECKING:
    from mcp.shared.message import SessionMessage

    Heard: TypeAlias = MemoryObjectReceiveStream[SessionMessage | Exception]
    Said: TypeAlias = MemoryObjectSendStream[SessionMessage]

LONGEST_MESSAGE = 64 * 2**20
"""Bytes of one message. A server that sends more is stopped, as it may never end."""

GRACE_S = 2.0
"""How long a server may take to end when its stdin was closed, and again when it was asked to."""

WORDS_S = 0.5
"""How long is waited for the last words and the exit code of a server that closed its stdout."""

FORCE = getattr(signal, "SIGKILL", signal.SIGTERM)

INHERITED = (
    "APPDATA HOMEDRIVE HOMEPATH LOCALAPPDATA PATH PATHEXT PROCESSOR_ARCHITECTURE SYSTEMDRIVE SYSTEMROOT TEMP USERNAME "
    "USERPROFILE"
    if os.name == "nt"
    else "HOME LANG LC_ALL LOGNAME PATH SHELL TERM TMPDIR USER"
).split()
"""What a server is told of this process's environment: no keys of other services."""


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server: a few usual variables, and those it was given."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | dict(own)


@asynccontextmanager
async def process_streams(
    argv: Sequence[str], env: Mapping[str, str], cwd: str | None, story: Story, over: anyio.Event
) -> AsyncIterator[tuple[Heard, Said]]:
    """The streams of messages from and to the process, which ends with the context. ``over`` is set if it ends before.

    ``ConfigError`` where it cannot be started.
    """
    talk = _Talk(await _started(argv, environment(env), cwd), story, over)
    send, heard = anyio.create_memory_object_stream["SessionMessage | Exception"](0)
    said, receive = anyio.create_memory_object_stream["SessionMessage"](0)
    try:
        with send, heard, said, receive:
            async with anyio.create_task_group() as group:
                group.start_soon(talk.listen, send)
                group.start_soon(talk.speak, receive, send)
                group.start_soon(talk.overhear)
                try:
                    yield heard, said
                finally:
                    with anyio.CancelScope(shield=True):
                        await talk.end()
                    group.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await talk.process.aclose()


async def _started(argv: Sequence[str], env: Mapping[str, str], cwd: str | None) -> Process:
    program = shutil.which(argv[0], path=env.get("PATH"))
    if program is None:
        raise ConfigError("no such program was found; install it, or give its whole path")
    try:
        return await anyio.open_process(
            [program, *argv[1:]],
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=env,
            cwd=cwd,
            start_new_session=os.name != "nt",
        )
    except (OSError, ValueError) as error:
        raise ConfigError(f"it cannot be started: {error}") from error


@define(eq=False)
class _Talk:
    """A process, and what it says. ``gone``: it closed its stdin or stdout by itself; ``silent``: its stderr too."""

    process: Process
    story: Story
    over: anyio.Event
    gone: anyio.Event = field(factory=anyio.Event, init=False)
    silent: anyio.Event = field(factory=anyio.Event, init=False)

    async def listen(self, messages: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        """Hand on what the server writes to its stdout. Where it ends, so does the stream of messages."""
        from mcp.shared.message import SessionMessage
        from mcp_types import jsonrpc_message_adapter

        with messages, suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async with aclosing(_lines(self.process.stdout)) as lines:
                async for line in lines:
                    try:
                        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                    except ValueError:
                        if line.strip():
                            self.story.puzzled(line)
                    else:
                        await messages.send(SessionMessage(message))
        self.gone.set()
        self.over.set()

    async def speak(
        self,
        messages: MemoryObjectReceiveStream[SessionMessage],
        heard: MemoryObjectSendStream[SessionMessage | Exception],
    ) -> None:
        """Write messages to the server's stdin. Where it reads no more, nothing is to be heard from it either."""
        stdin = self.process.stdin
        with messages:
            async for one in messages:
                text = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                try:
                    if stdin is not None:
                        await stdin.send(f"{text}\n".encode())
                except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
                    heard.close()
                    self.gone.set()
                    self.over.set()
                    return

    async def overhear(self) -> None:
        """Keep the last lines of its stderr."""
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async with aclosing(_lines(self.process.stderr)) as lines:
                async for line in lines:
                    self.story.overheard(line)
        self.silent.set()

    async def end(self) -> None:
        """End the process as the protocol says: close its stdin, then ask, then force. Note how it ended by itself."""
        if self.gone.is_set():
            with anyio.move_on_after(WORDS_S):
                await self.silent.wait()
                await self.process.wait()
            self.story.exit_code = self.process.returncode
        if self.process.stdin is not None:
            with suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                await self.process.stdin.aclose()
        for number in (None, signal.SIGTERM, FORCE):
            if number is not None:
                self._signal(number)
            with anyio.move_on_after(GRACE_S):
                await self.process.wait()
            if self.process.returncode is not None:
                return

    def _signal(self, number: signal.Signals) -> None:
        """To all that the process started, where the system has groups of processes."""
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "nt":
                self.process.kill()
            else:
                os.killpg(self.process.pid, number)


async def _lines(stream: ByteReceiveStream | None) -> AsyncGenerator[bytes, None]:
    """The lines of a stream; one that is too long is the last, and not whole."""
    rest = bytearray()
    if stream is None:
        return
    async for chunk in stream:
        first, *others = chunk.split(b"\n")
        rest += first
        if others:
            yield bytes(rest)
            for line in others[:-1]:
                yield line
            rest = bytearray(others[-1])
        if len(rest) > LONGEST_MESSAGE:
            break
    if rest:
        yield bytes(rest)
