"""What isolation costs: running a program in an executor, beside starting `python3` with nothing around it.

Both alternate, so that load strikes both, and go before what else the machine does, where we may say so. Compared are
their lower quartiles: the fastest is luck on a machine that others use as well.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import anyio
import pytest

from tests.bench.conftest import Measured
from tests.executors import machinery
from tests.executors.conftest import Engines, on_jupyter
from tests.executors.running import run
from typedagents.executors import (
    CommandLineExecutor,
    default_executor,
    docker_executor,
    monty_executor,
    probe_bubblewrap,
    probe_monty,
    probe_wasi,
    wasi_executor,
)

ROUNDS = 60
PROGRAM = "print('hi')"
HELD = 200 << 20
"""What this process holds meanwhile, as a program of agents may: starting another is not to depend on it."""


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    """Engines of our own, which end with the module."""
    found = Engines()
    with found.stack:
        yield found


@contextmanager
def first_in_line() -> Iterator[None]:
    """We and what we start go before others."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)


async def _in_python(rounds: int, once: Callable[[], Awaitable[object]], in_a_row: int = 1) -> float:
    """How long this takes, in starts of `python3`; after each start, so often."""
    bare, ours = list[float](), list[float]()
    await once()
    for _ in range(rounds):
        started = time.perf_counter()
        line = partial(subprocess.run, ["/usr/bin/python3", "-c", PROGRAM], capture_output=True, check=True)
        await anyio.to_thread.run_sync(line)
        between = time.perf_counter()
        for _ in range(in_a_row):
            await once()
        bare.append(between - started)
        ours.append((time.perf_counter() - between) / in_a_row)
    return sorted(ours)[rounds // 4] / sorted(bare)[rounds // 4]


@pytest.mark.skipif(not probe_bubblewrap().works, reason=probe_bubblewrap().text)
def test_bubblewrap(measured: Measured) -> None:
    held = b"x" * HELD
    with first_in_line():
        ratio = anyio.run(_in_python, ROUNDS, partial(run, default_executor(), PROGRAM))
    measured(f"a program in bubblewrap, {len(held) >> 20} MB held", ratio, "x python3", at_most=2)


@pytest.mark.skipif(not probe_bubblewrap().works, reason=probe_bubblewrap().text)
def test_a_cell_of_a_kernel_that_runs(measured: Measured, engines: Engines) -> None:
    async def ratio(executor: CommandLineExecutor) -> float:
        async with executor:
            return await _in_python(ROUNDS, partial(run, executor, PROGRAM, session="warm"))

    measured(
        "a cell of a warm kernel in bubblewrap", anyio.run(ratio, on_jupyter(engines)), "x python3", at_most=1
    )


@pytest.mark.parametrize("live", [True, False], ids=["live", "fresh"])
def test_docker(measured: Measured, engines: Engines, *, live: bool) -> None:
    async def ratio(executor: CommandLineExecutor) -> float:
        async with executor:
            return await _in_python(ROUNDS, partial(run, executor, PROGRAM, session="kept" if live else ""))

    with first_in_line():  # the engine, too
        executor = docker_executor(machinery.IMAGE, socket=engines.get("docker", machinery.docker), live=live)
        found = anyio.run(ratio, executor)
    if live:
        measured("a program in a container that stays", found, "x python3", at_most=12)
    else:
        measured("a program in a container of its own", found, "x python3")


@pytest.mark.skipif(not probe_monty().works, reason=probe_monty().text)
@pytest.mark.parametrize("in_a_row", [1, 10])
def test_monty(measured: Measured, in_a_row: int) -> None:
    """The bar is for one of many. The start of `python3` is no work of ours, and leaves the next program cold caches."""
    with first_in_line():
        found = anyio.run(_in_python, ROUNDS, partial(run, monty_executor(), PROGRAM), in_a_row)
    if in_a_row == 1:
        measured("a program in Monty, just after another process", found, "x python3")
    else:
        measured("a program in Monty", found, "x python3", at_most=0.05)


@pytest.mark.skipif(not probe_wasi().works, reason=probe_wasi().text)
def test_wasi(measured: Measured) -> None:
    """Without a bar: it is for machines that have nothing else."""
    found = anyio.run(_in_python, ROUNDS // 3, partial(run, wasi_executor(), PROGRAM))
    measured("a program in WebAssembly", found, "x python3")
