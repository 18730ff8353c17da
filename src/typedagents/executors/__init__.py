"""Where code runs: ``default_executor()`` isolates it or says why it cannot.

world = World(with_executor(default_executor()) | ...)
"""

from .commandline import CodeOutput, CommandLineExecutor
from .containers.engine import Engine
from .containers.fresh import Containers, docker_executor, podman_executor
from .default import (
    ExecutorName,
    Probe,
    default_executor,
    executor_named,
    probe_bubblewrap,
    probe_engine,
    probe_jupyter,
    probe_kubernetes,
    probe_monty,
    probe_wasi,
)
from .functions import functions_module
from .jupyter.kernels import Kernels, jupyter_executor
from .kubernetes.cluster import Cluster
from .kubernetes.pods import Pods, kubernetes_cluster, kubernetes_executor
from .monty import Monty, monty_executor
from .planner import LANGUAGES, plan
from .processes.bubblewrap import Bubblewrap
from .processes.local import Local, LocalExecutor
from .sandbox import (
    Argv,
    Capabilities,
    Chunk,
    FileInfo,
    Interpreted,
    Isolation,
    Job,
    SafePath,
    Sandbox,
    SandboxFactory,
)
from .wasi.interpreters import Wasi, wasi_executor

__all__ = [
    "LANGUAGES",
    "Argv",
    "Bubblewrap",
    "Capabilities",
    "Chunk",
    "Cluster",
    "FileInfo",
    "CodeOutput",
    "CommandLineExecutor",
    "Containers",
    "Engine",
    "ExecutorName",
    "Interpreted",
    "Isolation",
    "Job",
    "Kernels",
    "Local",
    "LocalExecutor",
    "Monty",
    "Pods",
    "Probe",
    "SafePath",
    "Sandbox",
    "SandboxFactory",
    "Wasi",
    "default_executor",
    "docker_executor",
    "executor_named",
    "functions_module",
    "jupyter_executor",
    "kubernetes_cluster",
    "kubernetes_executor",
    "monty_executor",
    "plan",
    "podman_executor",
    "probe_bubblewrap",
    "probe_engine",
    "probe_jupyter",
    "probe_kubernetes",
    "probe_monty",
    "probe_wasi",
    "wasi_executor",
]
