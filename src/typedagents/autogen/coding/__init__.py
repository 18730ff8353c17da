"""Finding and running code: the classic executors, over the sandboxes of ``typedagents.executors``."""

from .base import (
    CodeBlock,
    CodeExecutor,
    CodeExtractor,
    CodeResult,
    CommandLineCodeResult,
    IPythonCodeResult,
)
from .docker_commandline_code_executor import DockerCommandLineCodeExecutor
from .factory import CodeExecutorFactory
from .kubernetes_commandline_code_executor import PodCommandLineCodeExecutor
from .local_commandline_code_executor import LocalCommandLineCodeExecutor
from .markdown_code_extractor import MarkdownCodeExtractor

__all__ = [
    "CodeBlock",
    "CodeExecutor",
    "CodeExecutorFactory",
    "CodeExtractor",
    "CodeResult",
    "CommandLineCodeResult",
    "DockerCommandLineCodeExecutor",
    "IPythonCodeResult",
    "LocalCommandLineCodeExecutor",
    "MarkdownCodeExtractor",
    "PodCommandLineCodeExecutor",
]
