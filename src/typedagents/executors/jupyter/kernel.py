"""One Jupyter kernel: a program of a sandbox that is spoken to over sockets in its work folder.

Any sandbox whose folder lies on this machine will do, with no network in it: the kernel is started by its ``exec`` and
ends with it. All of this runs in one event loop; see ``kernels.py`` for whose.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from secrets import token_hex
from typing import Literal, Protocol, TypeAlias

import anyio
from attrs import define, evolve, field
from msgspec.json import encode

from typedagents.core.code import (
    MIB,
    CodeLimits,
    Exited,
    LimitHit,
    RunEnd,
    TimedOut,
)
from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.capture import FLOOD, Capture, Output
from typedagents.executors.folder import WorkFolder
from typedagents.executors.sandbox import Argv, Chunk, Display, Interpreted, Job, SafePath, Sandbox

from .wire import Told, packed, shown, text_in, unpacked
from .zmtp import Kind, Line, TooLong, connect

HINT = "pip install 'typedagents[jupyter]' where the kernel runs"
START_S = 120.0
"""Sixteen that start at once on two processors with other work take a minute: they import without cached bytecode."""
LOOK_S = 0.01
HEED_S = 1.0
"""How long an interrupted kernel may take to come to rest."""

LIFE_S = 1e8
"""Processor seconds of a whole kernel: each run in it has its own limit of time."""

HURRY = "import sys; sys.stdout.flush_interval = sys.stderr.flush_interval = 0.005; del sys"
"""What it writes is passed on soon, so that one who writes without end is stopped before its memory is full."""

GATHERED = 64 * MIB
"""What a program writes before it is passed on makes one message, however much that is: of honest floods up to 25 MiB."""

LONGEST_SOCKET = 100
SAID_BYTES = 4000
PORTS: Mapping[str, Kind | None] = {
    "shell": "DEALER",
    "iopub": "SUB",
    "stdin": None,
    "control": "DEALER",
    "hb": None,
}
"""A kernel's sockets, and how we speak to those that we use."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

INTERRUPTED = "the kernel was interrupted; what it holds is kept"
RESTARTED = "the kernel did not heed the interruption and was ended; the next block finds a new one"
DIED = "the kernel ended; the next block finds a new one"


Ending: TypeAlias = Literal["idle", "flood"]


def longest(limits: CodeLimits) -> int:
    """How long a message may be: what is longer holds more than is kept, or it was a flood in any case."""
    return GATHERED + FLOOD * limits.output_bytes + 2 * limits.artefact_bytes


@define
class Cell:
    """What one request is answered with, as it comes in."""

    number: str
    output: Output
    end: RunEnd | None = None
    displays: list[Display] = field(factory=list)
    unread: int = 0
    _displayed: int = 0

    @property
    def limits(self) -> CodeLimits:
        return self.output.job.limits

    def take(self, told: Told | TooLong) -> Ending | None:
        """One message; whether it was the last, or one too many."""
        if isinstance(told, TooLong):
            self.unread = told.size
            return "flood" if told.size > FLOOD * self.limits.output_bytes else None
        if told.parent != self.number:
            return None
        match told.kind:
            case "stream":
                return self._write(text_in(told.content, "name"), text_in(told.content, "text"))
            case "display_data" | "execute_result":
                return self._display(told)
            case "error":
                return self._fail(told)
            case "status" if text_in(told.content, "execution_state") == "idle":
                return "idle"
            case _:
                return None

    def _write(self, name: str, text: str) -> Ending | None:
        stream: Literal["stdout", "stderr"] = "stderr" if name == "stderr" else "stdout"
        return "flood" if self.output.take(Chunk(stream, text.encode("utf-8", "replace"))) else None

    def _display(self, told: Told) -> Ending | None:
        plain, displays = shown(told.content)
        for display in displays:
            self._displayed += len(display.data)
            if self._displayed <= self.limits.artefact_bytes:
                self.displays.append(display)
        return self._write("stdout", f"{plain}\n") if plain else None

    def _fail(self, told: Told) -> Ending | None:
        name, value = text_in(told.content, "ename"), text_in(told.content, "evalue")
        if name == "SystemExit":
            self.end = Exited(
                int(value) & 255 if value.lstrip("-").isdecimal() else int(value not in ("", "None"))
            )
            return None
        self.end = Exited(1)
        lines = told.content.get("traceback")
        text = "\n".join(str(line) for line in lines) if isinstance(lines, list) else f"{name}: {value}"
        return self._write("stderr", COLOURS.sub("", f"{text}\n"))


class Home(Sandbox, Protocol):
    """A sandbox whose work folder lies on this machine."""

    @property
    def folder(self) -> WorkFolder: ...


@define(eq=False)
class Kernel:
    """A kernel under way. Used by one at a time."""

    home: Home
    name: str = field(factory=lambda: f".kernel-{token_hex(6)}", init=False)
    key: bytes = field(factory=lambda: token_hex(16).encode(), init=False)
    _said: Capture = field(factory=lambda: Capture(SAID_BYTES), init=False)
    _lines: dict[str, Line] = field(factory=dict, init=False)
    _life: asyncio.Task[RunEnd] | None = field(default=None, init=False)

    @property
    def over(self) -> bool:
        """Whether it ended."""
        return self._life is not None and self._life.done()

    @property
    def _running(self) -> asyncio.Task[RunEnd]:
        assert self._life is not None
        return self._life

    async def start(self, python: Argv, env: Mapping[str, str], limits: CodeLimits) -> None:
        """Start it and wait until it listens; ``ExecutorUnavailable`` where it does not."""
        # Relative names: the kernel's own folder is the work folder, whatever that is called in there.
        about = {"transport": "ipc", "ip": f"{self.name}/s", "key": self.key.decode()}
        ports = {f"{port}_port": number for number, port in enumerate(PORTS, 1)}
        told = {**about, **ports, "signature_scheme": "hmac-sha256"}
        await self.home.write_file(SafePath(f"{self.name}/c.json"), encode(told))
        line = [*python, "-m", "ipykernel_launcher", "-f", f"{self.name}/c.json"]
        line += [
            f"--InteractiveShellApp.exec_lines={HURRY}",
            "--HistoryManager.enabled=False",
            "--InteractiveShell.colors=NoColor",
        ]
        # One arena, so that it fits into little memory; no bytecode, so that it leaves nothing but its folder.
        own = {"MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1", "IPYTHONDIR": f"{self.name}/ipython"}
        own["PYTHONWARNINGS"] = "ignore:To exit"  # said where a program ends itself, which it may
        lasting = evolve(limits, wall_s=math.inf, cpu_s=LIFE_S, output_bytes=MIB)
        self._life = asyncio.create_task(
            self.home.exec(Job(tuple(line), env={**own, **env}, limits=lasting, watch=self._overhear))
        )
        with anyio.move_on_after(START_S):
            await self._connect(limits)
            await self.home.collect(limits)  # what the start left is nobody's result
            return
        await self.stop()
        raise self._no_start(f"it was not ready after {START_S:g} s")

    async def _connect(self, limits: CodeLimits) -> None:
        for number, (port, kind) in enumerate(PORTS.items(), 1):
            if kind is not None:
                self._lines[port] = await self._reach(f"{self._place}-{number}", kind, longest(limits))
        # What it publishes before we are known to listen is lost. It takes no message twice, so each has its own name.
        for asked in count():
            self._prove_alive()
            self._send("shell", "kernel_info_request", {}, f"hello {asked}")
            with anyio.move_on_after(20 * LOOK_S):
                await self._answer(
                    "iopub", "hello "
                )  # which may be no more than that it looks at the question
                await self._answer("shell", "hello ")
                return

    @property
    def _place(self) -> str:
        return os.path.join(self.home.folder.path, self.name, "s")

    async def _reach(self, path: str, kind: Kind, most: int) -> Line:
        if len(path) > LONGEST_SOCKET:
            raise ExecutorUnavailable(
                f"the name of a socket would be too long: {path}", "set TMPDIR to a shorter path"
            )
        while True:
            self._prove_alive()
            with suppress(OSError, EOFError):
                return await connect(path, kind, most)
            await anyio.sleep(LOOK_S)

    def _prove_alive(self) -> None:
        if self.over:
            end = self._running.result()
            raise self._no_start(f"{self._said.kept.text.strip()[-300:]} ({end})")

    def _no_start(self, why: str) -> ExecutorUnavailable:
        return ExecutorUnavailable(f"the Jupyter kernel does not start: {why}", HINT)

    def _overhear(self, chunk: Chunk) -> None:
        self._said.add(chunk.data)

    def _send(self, port: str, kind: str, content: Mapping[str, object], number: str) -> None:
        self._lines[port].say(packed(kind, content, number, self.key))

    async def _hear(self, port: str) -> Told | TooLong | None:
        """What it says there next, which may be nothing that is understood."""
        while (heard := await self._lines[port].hear()) is None:
            await anyio.sleep_forever()  # it hung up: the rest is told by how it ends
        return heard if isinstance(heard, TooLong) else unpacked(heard, self.key)

    async def _answer(self, port: str, asked: str) -> Told:
        """What it says there next to the request that is named so, or to one whose name begins so."""
        while True:
            told = await self._hear(port)
            if isinstance(told, Told) and told.parent.startswith(asked):
                return told

    async def run(self, code: str, job: Job) -> Interpreted:
        """Run code in it, to its end or to a limit. Interrupted by us it goes on; else it is ended."""
        life, limits = self._running, job.limits
        cell = Cell(token_hex(8), Output(job))
        end: RunEnd
        asked = {"code": code, "silent": False, "store_history": False, "user_expressions": {}}
        for line in self._lines.values():
            line.messages.most = longest(limits)
        self._send(
            "shell", "execute_request", {**asked, "allow_stdin": False, "stop_on_error": False}, cell.number
        )
        ending = await self._follow(cell, limits.wall_s)
        if ending == "idle":
            end, note = await self._verdict(cell), ""
        elif ending is None and life.done():
            end, note = life.result(), DIED
        else:
            end = LimitHit("output") if ending == "flood" else TimedOut(limits.wall_s)
            note = await self._interrupt(cell)
            if cell.unread:
                note = f"a message of {cell.unread} bytes was too long to be read; {note}"
        return Interpreted(end, note, tuple(cell.displays))

    async def _verdict(self, cell: Cell) -> RunEnd:
        """How it ended, by its answer: one that ran out of memory may have failed to publish its error."""
        with anyio.move_on_after(HEED_S):
            told = await self._answer("shell", cell.number)
            return cell.end or Exited(int(text_in(told.content, "status") != "ok"))
        return cell.end or Exited(1)

    async def _follow(self, cell: Cell, within_s: float) -> Ending | None:
        """Take what it publishes; None where it was not at rest in time, or ended."""
        until = anyio.current_time() + within_s
        heard, life = asyncio.ensure_future(self._hear("iopub")), self._running
        try:
            while (left := until - anyio.current_time()) > 0:
                await asyncio.wait({heard, life}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if heard.done():
                    if (told := heard.result()) and (ending := cell.take(told)):
                        return ending
                    heard = asyncio.ensure_future(self._hear("iopub"))
                elif life.done():
                    return None
            return None
        finally:
            heard.cancel()
            await asyncio.wait({heard})

    async def _interrupt(self, cell: Cell) -> str:
        self._send("control", "interrupt_request", {}, token_hex(8))
        # What it says of the interruption is not the program's.
        rest = Cell(cell.number, Output(Job((), limits=evolve(cell.limits, output_bytes=1 << 40))))
        if await self._follow(rest, HEED_S) == "idle":
            return INTERRUPTED
        await self.stop()
        return RESTARTED

    async def stop(self) -> None:
        """End it and all that it started."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait({self._life})
        for line in self._lines.values():
            line.close()
