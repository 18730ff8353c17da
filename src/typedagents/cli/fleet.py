"""Workers of durable engines, and what is submitted to them. The engines' packages are imported when they are needed."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, TypeAlias

from attrs import frozen
from cyclopts import Parameter

from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.human import HumanAnswer
from typedagents.core.registry import Teams
from typedagents.durable.orders import Order, Report, ordered
from typedagents.durable.site import NO_PACES, Pace, Site
from typedagents.humans.terminal import typed
from typedagents.interpreter.prompts import Prompt
from typedagents.interpreter.world import World
from typedagents.stores.sqlite import sqlite_runs

from .exits import OK, exit_code
from .kept import kept_at, only_prompt
from .targets import attribute_at, kind_of

if TYPE_CHECKING:
    from typedagents.durable.temporal import KeyRing

EngineName: TypeAlias = Literal["dbos", "temporal"]
OptionalEngine: TypeAlias = Annotated[
    EngineName | None,
    Parameter(help="The engine that holds the run, if one does; the options below say where it is."),
]
KEYS = "TYPEDAGENTS_TEMPORAL_KEYS"
ModuleText: TypeAlias = Annotated[
    str,
    Parameter(help="A module or file.py with ``teams`` and ``world``, and ``paces`` where models have some."),
]
TeamText: TypeAlias = Annotated[
    str, Parameter(help="The name of one of its teams, of which the current version is taken.")
]
WaitFlag: TypeAlias = Annotated[bool, Parameter(negative="", help="Wait for the end, and tell it.")]


@Parameter(name="*")
@frozen
class Engine:
    """Where the engine is."""

    url: str = "sqlite:///typedagents.dbos.sqlite"
    """DBOS: its database, a SQLite file or postgresql://..."""
    address: str = "127.0.0.1:7233"
    """Temporal: the server."""
    namespace: str = "default"
    """Temporal: the namespace."""
    queue: str = "typedagents"
    """Temporal: the task queue."""


@Parameter(name="*")
@frozen
class Working:
    """What a worker is told besides."""

    executor: str = "worker"
    """DBOS: this worker's name, the same whenever it is started again."""
    world: str | None = None
    """The module or file.py with ``world`` and ``paces``, where it is another: Temporal imports policies in a sandbox."""
    store: str = ".typedagents/runs.sqlite"
    """The file in which all workers keep the traces."""


class _Client(Protocol):
    async def submit(self, order: Order) -> None: ...
    async def result(self, run: str) -> Report: ...
    async def prompts(self, run: str) -> Sequence[Prompt]: ...
    async def answer(self, run: str, prompt: str, text: str) -> None: ...


def teams_at(text: str) -> tuple[str, Teams[AnyEffect]]:
    """The name of the module, once it is imported, and its teams."""
    name, known = attribute_at(text, "teams")
    if not isinstance(known, Teams):
        raise ConfigError(f"target {text!r}: its 'teams' is {kind_of(known)}; write: teams = teams(a, b)")
    return name, known


def site_at(target: str, own: Working) -> tuple[str, Site]:
    """What a worker works with, and the name of the module of its teams."""
    name, known = teams_at(target)
    text = own.world or target
    _, world = attribute_at(text, "world")
    _, paces = attribute_at(text, "paces", NO_PACES)
    if not isinstance(world, World):
        raise ConfigError(f"target {text!r}: its 'world' is {kind_of(world)}, not a World; rename or mend it")
    if not isinstance(paces, Mapping) or not all(isinstance(pace, Pace) for pace in paces.values()):
        raise ConfigError(
            f"target {text!r}: its 'paces' is {kind_of(paces)}; write: paces = {{'model': Pace(5)}}"
        )
    return name, Site(known, world, sqlite_runs(own.store), {str(model): paces[model] for model in paces})


@asynccontextmanager
async def _client(engine: EngineName, where: Engine) -> AsyncIterator[_Client]:
    if engine == "dbos":
        from typedagents.durable.dbos import DbosClient, DbosPlan

        async with DbosClient.connected(DbosPlan(where.url)) as client:
            yield client
    else:
        from typedagents.durable.temporal import TemporalClient

        yield await TemporalClient.connected(
            where.address, namespace=where.namespace, queue=where.queue, ring=_ring()
        )


def _ring() -> KeyRing | None:
    """The key ring that the environment holds: ``name=BASE64`` with commas between, the current key first."""
    from typedagents.durable.temporal import KeyRing

    text = os.environ.get(KEYS, "")
    if not text:
        return None
    try:
        named = [pair.split("=", 1) for pair in text.split(",")]
        return KeyRing({name: base64.b64decode(key, validate=True) for name, key in named}, named[0][0])
    except ValueError as error:
        raise ConfigError(
            f"{KEYS} is name=BASE64, with commas between; what it holds cannot be read so"
        ) from error


@asynccontextmanager
async def _working(
    engine: EngineName, name: str, site: Site, where: Engine, own: Working
) -> AsyncIterator[None]:
    if engine == "dbos":
        from typedagents.durable.dbos import DbosPlan, dbos_worker

        async with dbos_worker(site, DbosPlan(where.url, own.executor)):
            yield
    else:
        from typedagents.durable.temporal import TemporalClient, TemporalPlan, temporal_worker

        client = await TemporalClient.connected(where.address, namespace=where.namespace, ring=_ring())
        async with temporal_worker(site, TemporalPlan(name, queue=where.queue), client.client):
            yield


async def _until_stopped() -> None:
    """Until Ctrl-C, or until whoever supervises us says so."""
    stopped = asyncio.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(kind, stopped.set)
    await stopped.wait()


def work(engine: EngineName, target: str, where: Engine, own: Working) -> int:
    """Hold conversations until stopped."""
    name, site = site_at(target, own)

    async def go() -> int:
        async with _working(engine, name, site, where, own):
            print(
                f"a worker on {engine}; its teams: {', '.join(team.name for team in site.teams.known)}",
                flush=True,
            )
            await _until_stopped()
        return OK

    return _run(engine, go())


def hand_in(
    engine: EngineName, target: str, team: str, message: str | None, where: Engine, *, wait: bool
) -> int:
    """Submit a conversation, tell its name, and how it ended if that is waited for."""
    _, known = teams_at(target)
    order = ordered(known.current(team), message)

    async def go() -> int:
        async with _client(engine, where) as client:
            await client.submit(order)
            print(order.run, flush=True)
            if not wait:
                return OK
            report = await client.result(order.run)
            print(f"{report.summary}\n{report.why}")
            return exit_code(report.why)

    return _run(engine, go())


def answer_there(engine: EngineName, place: str, answer: HumanAnswer, where: Engine) -> int:
    """Tell an engine the answer to the prompt, or to the one prompt of the run, that ``place`` names."""
    name = kept_at(place).name
    run, _, path = name.partition("/")

    async def go() -> int:
        async with _client(engine, where) as client:
            prompt = name if path else only_prompt(run, await client.prompts(run))
            await client.answer(run, prompt, typed(answer))
        print(f"{engine} is told; the first answer to {prompt} counts")
        return OK

    return _run(engine, go())


def _run(engine: EngineName, going: Coroutine[object, object, int]) -> int:
    code = asyncio.run(going)
    if (
        engine == "temporal"
    ):  # its client's threads abort a process that ends in the usual way, after all is done
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code
