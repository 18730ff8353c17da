"""Where code runs: ``default_executor()`` isolates it or says why it cannot.

world = World(with_executor(default_executor()) | ...)
"""

from .bubblewrap import Bubblewrap
from .commandline import CodeOutput, CommandLineExecutor
from .containers import Containers, docker_executor, podman_executor
from .default import (
    ExecutorName,
    Probe,
    default_executor,
    executor_named,
    probe_bubblewrap,
    probe_engine,
    probe_jupyter,
)
from .engine import Engine
from .functions import functions_module
from .kernels import Kernels, jupyter_executor
from .local import Local, LocalExecutor
from .planner import LANGUAGES, plan
from .sandbox import (
    Argv,
    Capabilities,
    Chunk,
    FileInfo,
    Interpreted,
    Isolation,
    SafePath,
    Sandbox,
    SandboxFactory,
)

__all__ = [
    "LANGUAGES",
    "Argv",
    "Bubblewrap",
    "Capabilities",
    "Chunk",
    "FileInfo",
    "CodeOutput",
    "CommandLineExecutor",
    "Containers",
    "Engine",
    "ExecutorName",
    "Interpreted",
    "Isolation",
    "Kernels",
    "Local",
    "LocalExecutor",
    "Probe",
    "SafePath",
    "Sandbox",
    "SandboxFactory",
    "default_executor",
    "docker_executor",
    "executor_named",
    "functions_module",
    "jupyter_executor",
    "plan",
    "podman_executor",
    "probe_bubblewrap",
    "probe_engine",
    "probe_jupyter",
]
