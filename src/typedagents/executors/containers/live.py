"""A container that stays for the programs of a session: to start one in it takes a fraction of making another.

After each program all of its processes are ended and counted; where one is left, or a program had to be stopped, the
container goes, and the next program gets a new one. What stays from one to the next is /tmp, and the work folder.
"""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from secrets import token_hex
from typing import TYPE_CHECKING

import anyio
from attrs import define, field

from typedagents.core.code import CodeLimits, LimitHit, RunEnd
from typedagents.executors.capture import Output
from typedagents.executors.processes.running import shell_end
from typedagents.executors.sandbox import Job

from .container import (
    GUEST,
    KEEPER,
    OURS,
    STAY,
    WORKSPACE,
    Place,
    Reading,
    container_of,
    environment,
    words_of,
)
from .engine import Json
from .lifeline import Lifeline, lifeline

if TYPE_CHECKING:
    from httpx import AsyncClient

LOOKS = 20
LOOK_S = 0.01
KILLED = 137


@define
class Made:
    """A container that is there, and what it was made for."""

    name: str
    config: Json
    line: Lifeline


@define(eq=False)
class Live:
    """The container of one sandbox: none until the first program, and after one that left something behind."""

    place: Place
    busy: bool = field(default=False, init=False)
    _made: Made | None = field(default=None, init=False)
    _end: weakref.finalize[[str], Live] | None = field(default=None, init=False)
    _stack: ExitStack = field(factory=ExitStack, init=False)

    async def exec(self, job: Job) -> RunEnd:
        """Run a program in it; one at a time."""
        self.busy, clean = True, False
        try:
            async with self.place.engine.client() as client:
                made = await self._ready(client, job.limits)
                end = await self._run(client, made, job)
                clean = await self._alone(client, made)
                return end
        finally:
            try:
                if not clean:
                    await self.close()
            finally:
                self.busy = False

    async def close(self) -> None:
        """Remove it, and all that runs in it, through whatever cancellation."""
        made, self._made = self._made, None
        with self._stack:
            if made is not None and self._end is not None:
                await self.place.engine.remove(made.name)
                self._end.detach()

    async def _ready(self, client: AsyncClient, limits: CodeLimits) -> Made:
        if self._made is not None and self._made.config != self._config(self._made.line, limits):
            await self.close()
        if self._made is None:
            line = self._stack.enter_context(lifeline())
            self._made = Made(f"typedagents-{token_hex(8)}", self._config(line, limits), line)
            # At the latest when Python ends, so that a session nobody closed leaves nothing behind either.
            self._end = weakref.finalize(self, self.place.engine.remove_now, self._made.name)
            await self.place.engine.create(client, self._made.name, self._made.config)
            await self.place.engine.start(client, self._made.name)
        return self._made

    def _config(self, line: Lifeline, limits: CodeLimits) -> Json:
        own = {"Entrypoint": ["sh", "-c", STAY], "User": f"{KEEPER}:{KEEPER}"}
        return container_of(self.place, line, limits, own)

    async def _run(self, client: AsyncClient, made: Made, job: Job) -> RunEnd:
        engine = self.place.engine
        program = await engine.prepare(
            client,
            made.name,
            {
                "AttachStdout": True,
                "AttachStderr": True,
                "User": self.place.user,
                "WorkingDir": WORKSPACE,
                "Env": environment(job),
                "Cmd": words_of(job, GUEST, made.line),
            },
        )
        async with engine.perform(client, program) as pieces:

            async def ended() -> RunEnd:
                code = await engine.exit_code(client, program)
                if code == KILLED and (await engine.state(client, made.name)).get("OOMKilled"):
                    return LimitHit("memory")
                return shell_end(code)

            return await Reading(Output(job)).to_the_end(pieces, ended)

    async def _alone(self, client: AsyncClient, made: Made) -> bool:
        """Whether none but our own processes is left: what was killed takes a moment to go."""
        for _ in range(LOOKS):
            if await self.place.engine.processes(client, made.name) <= OURS:
                return True
            await anyio.sleep(LOOK_S)
        return False
