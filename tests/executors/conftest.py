"""The executors that work on this machine; those that do not are skipped with the reason."""

from __future__ import annotations

import sys

import pytest

from typedagents.executors import CommandLineExecutor, LocalExecutor, default_executor, probe_bubblewrap


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["bubblewrap", "local"])
def executor(request: pytest.FixtureRequest) -> CommandLineExecutor:
    """Each executor in turn."""
    if not sys.platform.startswith("linux"):
        pytest.skip("these executors are tested on Linux")
    if request.param == "local":
        return LocalExecutor(accept_no_isolation=True)
    return sandboxed()


@pytest.fixture
def sandbox() -> CommandLineExecutor:
    """The executor that isolates."""
    return sandboxed()


def sandboxed() -> CommandLineExecutor:
    probe = probe_bubblewrap()
    if not probe.works:
        pytest.skip(f"bubblewrap does not work here: {probe.text}")
    return default_executor()
