"""The executors that work on this machine; those that do not are skipped with the reason.

A backend is one line here: every test of programs runs on all of them, those of isolation on all that isolate.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from attrs import define, field

from tests.executors import machinery
from tests.executors.packages import CannotCopy, copy_kernel, kernel_command
from tests.kubernetes.machinery import cluster
from typedagents import ExecutorUnavailable
from typedagents.executors import (
    Bubblewrap,
    Cluster,
    CommandLineExecutor,
    Containers,
    Engine,
    Kernels,
    LocalExecutor,
    default_executor,
    docker_executor,
    kubernetes_executor,
    monty_executor,
    podman_executor,
    probe_bubblewrap,
    wasi_executor,
)


@define
class Engines:
    """Engines of our own, each started when first asked for; what cannot be started is not tried again."""

    stack: ExitStack = field(factory=ExitStack)
    started: dict[str, machinery.Service | str] = field(factory=dict)
    packages: str | None = None
    has_kernel: bool = False
    pods: Cluster | str | None = None

    def get(self, name: str, start: Callable[[], AbstractContextManager[machinery.Service]]) -> str:
        """Its socket; skips the test where it cannot be started."""
        if name not in self.started:
            try:
                self.started[name] = self.stack.enter_context(start())
            except machinery.CannotStart as error:
                self.started[name] = f"no {name}: {error}"
        found = self.started[name]
        return pytest.skip(found) if isinstance(found, str) else found.socket

    def docker_with_kernel(self) -> str:
        """The socket of a Docker engine that has an image with all that a kernel takes."""
        path, packages = self.get("docker", machinery.docker), self.kernel_packages()
        if not self.has_kernel:
            machinery.Service(path).load(machinery.KERNEL_IMAGE, machinery.image(packages))
            self.has_kernel = True
        return path

    def cluster(self) -> Cluster:
        """A cluster; skips the test where it cannot be started."""
        if self.pods is None:
            try:
                self.pods = self.stack.enter_context(cluster())
            except machinery.CannotStart as error:
                self.pods = f"no cluster: {error}"
        return pytest.skip(self.pods) if isinstance(self.pods, str) else self.pods

    def kernel_packages(self) -> str:
        """A folder with all that a kernel takes; skips the test where it cannot be made."""
        if self.packages is None:
            self.packages = self.stack.enter_context(
                tempfile.TemporaryDirectory(prefix="kernel-", dir="/tmp")
            )
            try:
                copy_kernel(Path(self.packages))
            except CannotCopy as error:
                self.packages = f"no kernel: {error}"
        return pytest.skip(self.packages) if self.packages.startswith("no kernel") else self.packages


def _bubblewrap(engines: Engines) -> CommandLineExecutor:
    probe = probe_bubblewrap()
    if not probe.works:
        pytest.skip(f"bubblewrap does not work here: {probe.text}")
    return default_executor()


def on_jupyter(engines: Engines) -> CommandLineExecutor:
    _bubblewrap(engines)
    folder = engines.kernel_packages()
    return CommandLineExecutor(Kernels(Bubblewrap(read_only=(folder,)), kernel_command(folder)))


def on_jupyter_in_docker(engines: Engines) -> CommandLineExecutor:
    home = Containers(Engine(engines.docker_with_kernel()), machinery.KERNEL_IMAGE)
    return CommandLineExecutor(Kernels(home, kernel_command(f"/{machinery.KERNEL_PLACE}")))


def on_wasi(engines: Engines) -> CommandLineExecutor:
    """CPython and QuickJS in WebAssembly."""
    try:
        return wasi_executor()
    except ExecutorUnavailable as error:
        pytest.skip(str(error))


def on_monty(engines: Engines) -> CommandLineExecutor:
    """Monty."""
    try:
        return monty_executor()
    except ExecutorUnavailable as error:
        pytest.skip(str(error))


ISOLATING: Mapping[str, Callable[[Engines], CommandLineExecutor]] = {
    "bubblewrap": _bubblewrap,
    "jupyter": on_jupyter,
    "jupyter in docker": on_jupyter_in_docker,
    "docker": lambda engines: docker_executor(
        machinery.IMAGE, socket=engines.get("docker", machinery.docker)
    ),
    "podman": lambda engines: podman_executor(
        machinery.IMAGE, socket=engines.get("podman", machinery.podman)
    ),
    "docker live": lambda engines: docker_executor(
        machinery.IMAGE, socket=engines.get("docker", machinery.docker), live=True
    ),
    "podman live": lambda engines: podman_executor(
        machinery.IMAGE, socket=engines.get("podman", machinery.podman), live=True
    ),
    "kubernetes": lambda engines: kubernetes_executor(machinery.IMAGE, cluster=engines.cluster()),
}
BACKENDS: Mapping[str, Callable[[Engines], CommandLineExecutor]] = {
    **ISOLATING,
    "local": lambda engines: LocalExecutor(accept_no_isolation=True),
}
SESSIONS = {
    "docker": pytest.mark.engines,
    "podman": pytest.mark.engines,
    "docker live": pytest.mark.engines,
    "podman live": pytest.mark.engines,
    "jupyter": pytest.mark.engines,
    "jupyter in docker": pytest.mark.engines,
    "kubernetes": pytest.mark.kubernetes,
}


def marked(names: Iterable[str]) -> list[ParameterSet]:
    """Those that take an engine, or a second to start, are run by sessions of their own, in one process."""
    return [pytest.param(name, marks=SESSIONS.get(name, ())) for name in names]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """Container engines, which end with the session."""
    found = Engines()
    with found.stack:
        yield found


@pytest.fixture(params=marked(BACKENDS))
def executor(request: pytest.FixtureRequest, engines: Engines) -> CommandLineExecutor:
    """Each executor in turn."""
    if not sys.platform.startswith("linux"):
        pytest.skip("these executors are tested on Linux")
    return BACKENDS[str(request.param)](engines)


@pytest.fixture(params=marked(ISOLATING))
def sandbox(request: pytest.FixtureRequest, engines: Engines) -> CommandLineExecutor:
    """Each executor that isolates."""
    return ISOLATING[str(request.param)](engines)


@pytest.fixture(params=marked([*ISOLATING, "wasi"]))
def keeper(request: pytest.FixtureRequest, engines: Engines) -> CommandLineExecutor:
    """Each that isolates, and has files."""
    return {**ISOLATING, "wasi": on_wasi}[str(request.param)](engines)


@pytest.fixture
def bubblewrap(engines: Engines) -> CommandLineExecutor:
    """The default on Linux."""
    return _bubblewrap(engines)


@pytest.fixture
def wasi(engines: Engines) -> CommandLineExecutor:
    """CPython and QuickJS in WebAssembly."""
    return on_wasi(engines)


@pytest.fixture
def monty(engines: Engines) -> CommandLineExecutor:
    """Monty."""
    return on_monty(engines)


@pytest.fixture
def no_folder_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Whatever a test does, its work folders are gone afterwards: they are made in a place that nobody else uses."""
    tmp_path_factory.getbasetemp()  # pytest's own stays where it belongs
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", place)
        yield
        monkeypatch.undo()
        assert list(Path(place).glob("typedagents-*")) == []
