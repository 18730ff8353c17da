"""Real engines, each started once; what is not installed is skipped, with what to install."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durable.servers import Postgres, TemporalServer, can_start_postgres

CODE = pytest.StashKey[int]()
RAN = pytest.StashKey[bool]()
LONG_S = 1800


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Of tests in this folder alone."""
    if item.get_closest_marker("durable"):
        item.config.stash[RAN] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[CODE] = exitstatus


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The threads of Temporal's client may abort a process that ends in the usual way, with its tests all green.

    Only where they may have been started: what is left out by this way to end is the writing of coverage.
    """
    if RAN in config.stash and CODE in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[CODE])


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """An event loop to run coroutines in, one after the other."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def unhurried() -> None:
    """A longer limit than that of every test, for those that start and kill servers for hundreds of conversations."""
    faulthandler.dump_traceback_later(LONG_S, exit=True, file=sys.__stderr__ or sys.stderr)


@pytest.fixture(scope="session")
def temporal() -> Iterator[TemporalServer]:
    """Temporal's development server."""
    with tempfile.TemporaryDirectory(prefix="temporal-") as folder:
        server = TemporalServer(Path(folder))
        server.start()
        yield server
        server.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own."""
    if not can_start_postgres():
        pytest.skip("PostgreSQL is not installed, or we are not root: apt-get install postgresql")
    folder = tempfile.mkdtemp(prefix="postgres-", dir="/tmp")
    server = Postgres(Path(folder))
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
