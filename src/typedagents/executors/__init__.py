"""Where code runs: ``default_executor()`` isolates it or says why it cannot.

world = World(with_executor(default_executor()) | ...)
"""

from .bubblewrap import Bubblewrap
from .commandline import CodeOutput, CommandLineExecutor
from .default import Probe, default_executor, probe_bubblewrap
from .local import Local, LocalExecutor
from .planner import LANGUAGES, plan
from .sandbox import Argv, Capabilities, Chunk, FileInfo, Isolation, SafePath, Sandbox, SandboxFactory

__all__ = [
    "LANGUAGES",
    "Argv",
    "Bubblewrap",
    "Capabilities",
    "Chunk",
    "FileInfo",
    "CodeOutput",
    "CommandLineExecutor",
    "Isolation",
    "Local",
    "LocalExecutor",
    "Probe",
    "SafePath",
    "Sandbox",
    "SandboxFactory",
    "default_executor",
    "plan",
    "probe_bubblewrap",
]
