"""Which executor to use where nothing was said: the first that isolates and works, never a silent compromise."""

from __future__ import annotations

import subprocess
from typing import Literal, TypeAlias, assert_never

from attrs import frozen

from typedagents.core.errors import ExecutorUnavailable

from .commandline import CommandLineExecutor
from .containers.engine import Engine, EngineName
from .containers.fresh import IMAGE, Containers, docker_executor, find_socket, podman_executor
from .jupyter.kernels import jupyter_executor
from .kubernetes.pods import kubernetes_cluster, kubernetes_executor
from .monty import monty_executor
from .processes.bubblewrap import Bubblewrap, command_line, unusable
from .processes.local import LocalExecutor
from .sandbox import Job
from .wasi.interpreters import Wasi, wasi_executor

OPT_IN = "or run it without isolation: LocalExecutor(accept_no_isolation=True)"
ENGINES: tuple[EngineName, ...] = ("docker", "podman")


@frozen
class Probe:
    """Whether an executor works here, and why or why not."""

    name: str
    works: bool
    text: str


def probe_bubblewrap() -> Probe:
    """Run ``true`` in the sandbox; takes about 10 ms."""
    try:
        box = Bubblewrap()
    except ExecutorUnavailable as error:
        return Probe("bubblewrap", works=False, text=str(error))
    line = command_line(box, "/usr", Job(("true",)), 2)
    try:
        done = subprocess.run(line, capture_output=True, check=False, timeout=30, cwd="/", env={})
    except (OSError, subprocess.SubprocessError) as error:
        return Probe("bubblewrap", works=False, text=f"{box.bwrap} does not run: {error}")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        return Probe("bubblewrap", works=False, text=f"{said}; {unusable(said)}")
    return Probe("bubblewrap", works=True, text=f"{box.bwrap} isolates")


def probe_engine(name: EngineName, image: str = IMAGE) -> Probe:
    """Ask the engine whether it is there and has the image."""
    try:
        socket = find_socket(name)
        Engine(socket, name).ping(image)
    except ExecutorUnavailable as error:
        return Probe(name, works=False, text=str(error))
    return Probe(name, works=True, text=f"{socket} has {image}")


def probe_jupyter() -> Probe:
    """Whether this interpreter can run kernels in the sandbox; starts none."""
    try:
        jupyter_executor()
    except ExecutorUnavailable as error:
        return Probe("jupyter", works=False, text=str(error))
    return Probe("jupyter", works=True, text="ipykernel is here; it runs where bubblewrap works")


def probe_kubernetes() -> Probe:
    """Ask the cluster that kubectl would take whether it lets us see pods; makes none."""
    try:
        cluster = kubernetes_cluster()
        cluster.ping()
    except ExecutorUnavailable as error:
        return Probe("kubernetes", works=False, text=str(error))
    return Probe("kubernetes", works=True, text=f"pods at {cluster.server} in {cluster.namespace}")


def probe_wasi() -> Probe:
    """Whether Python can run in WebAssembly; starts none."""
    try:
        box = Wasi()
    except ExecutorUnavailable as error:
        return Probe("wasi", works=False, text=str(error))
    return Probe("wasi", works=True, text=f"{' and '.join(box.capabilities.languages)} in WebAssembly")


def probe_monty() -> Probe:
    """Whether Monty is installed; starts none."""
    try:
        monty_executor()
    except ExecutorUnavailable as error:
        return Probe("monty", works=False, text=str(error))
    return Probe("monty", works=True, text="a part of Python, at once; it only computes")


def default_executor(*, work_dir: str | None = None) -> CommandLineExecutor:
    """The first that isolates on this machine; ``ExecutorUnavailable`` tells of each why not, and of the choice left."""
    probe = probe_bubblewrap()
    if probe.works:
        return CommandLineExecutor(Bubblewrap(work_dir))
    found = [probe]
    for name in ENGINES:
        found.append(probe_engine(name))
        if found[-1].works:
            return CommandLineExecutor(Containers(Engine(find_socket(name), name), work_dir=work_dir))
    found.append(probe_wasi())
    if found[-1].works:
        return wasi_executor(work_dir=work_dir)
    reasons = "; ".join(probe.text for probe in found)
    raise ExecutorUnavailable(f"no executor here isolates code: {reasons}", OPT_IN)


ExecutorName: TypeAlias = Literal[
    "default", "bubblewrap", "docker", "podman", "jupyter", "wasi", "monty", "kubernetes", "local"
]


def executor_named(name: ExecutorName) -> CommandLineExecutor:
    """The executor of this name; to name ``local`` is to accept that it does not isolate."""
    match name:
        case "default":
            return default_executor()
        case "bubblewrap":
            return CommandLineExecutor(Bubblewrap())
        case "docker":
            return docker_executor()
        case "podman":
            return podman_executor()
        case "jupyter":
            return jupyter_executor()
        case "wasi":
            return wasi_executor()
        case "monty":
            return monty_executor()
        case "kubernetes":
            return kubernetes_executor()
        case "local":
            return LocalExecutor(accept_no_isolation=True)
        case _ as never:
            assert_never(never)
