"""Classic executors and ours, each as the other; and the executor that a ``code_execution_config`` asks for."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from inspect import isawaitable

from anyio import to_thread
from anyio.from_thread import start_blocking_portal
from attrs import frozen

from typedagents.autogen.code_utils import DEFAULT_TIMEOUT, decide_use_docker
from typedagents.autogen.coding.base import CodeBlock, CodeExecutor, CodeExtractor, CodeResult
from typedagents.autogen.coding.docker_commandline_code_executor import DockerCommandLineCodeExecutor
from typedagents.autogen.coding.factory import CodeExecutorFactory
from typedagents.autogen.coding.local_commandline_code_executor import LocalCommandLineCodeExecutor
from typedagents.autogen.coding.markdown_code_extractor import MarkdownCodeExtractor
from typedagents.core import code as ours
from typedagents.core.handler import Call
from typedagents.interpreter.ports import CodeExecutor as Port

from .alone import Alone
from .docker import image_of


@frozen
class ClassicAsPort:
    """A program's own executor, as the typed core asks it. Its method runs in a thread: it may take its time."""

    executor: CodeExecutor

    async def run(self, request: ours.RunCode, call: Call, /) -> ours.CodeResult:
        blocks = [CodeBlock(code=one.code, language=one.language) for one in request.blocks]
        result = await to_thread.run_sync(self.executor.execute_code_blocks, blocks)
        output = ours.Captured(result.output.encode("utf-8", "replace"))
        return ours.CodeResult((ours.BlockResult(ours.Exited(result.exit_code), output),))


@frozen
class PortAsClassic:
    """An executor of the typed core, as classic programs ask it."""

    port: Port

    @property
    def code_extractor(self) -> CodeExtractor:
        """Finds the blocks in a message."""
        return MarkdownCodeExtractor()

    def execute_code_blocks(self, code_blocks: list[CodeBlock]) -> CodeResult:
        """Run them, and wait for it."""
        blocks = tuple(ours.CodeBlock(one.language, one.code) for one in code_blocks)
        with start_blocking_portal() as portal:
            result = portal.call(self._ran, ours.RunCode(blocks))
        output = "\n".join(text for block in result.blocks if (text := block.text))
        return CodeResult(exit_code=result.exit_code, output=output)

    async def _ran(self, request: ours.RunCode) -> ours.CodeResult:
        result = self.port.run(request, Alone())
        return await result if isawaitable(result) else result

    def restart(self) -> None:
        """Each run has a fresh sandbox."""


def as_port(executor: CodeExecutor | Port) -> Port:
    """``executor`` as the typed core asks it."""
    match executor:
        case PortAsClassic(port):
            return port
        case Port():
            return executor
        case _:
            return ClassicAsPort(executor)


def as_classic(executor: CodeExecutor | Port) -> CodeExecutor:
    """``executor`` as classic programs ask it."""
    match executor:
        case ClassicAsPort(classic):
            return classic
        case CodeExecutor():
            return executor
        case _:
            return PortAsClassic(executor)


def executor_of(config: Mapping[str, object]) -> CodeExecutor:
    """The executor that a proven ``code_execution_config`` asks for; a new one each time, unless it names one that is made.

    Without an ``executor`` code runs in a sandbox over ``work_dir``, or over a private folder that is removed with
    the executor. ``use_docker=True``, or the name of an image: in containers. ``False`` is read as: without a sandbox,
    where there is none.
    """
    if "executor" in config:
        return CodeExecutorFactory.create(config)
    docker = config.get("use_docker")
    # Only the program's own False gives up the sandbox.
    image = image_of(decide_use_docker(None) if docker is None else docker)
    timeout = config.get("timeout", DEFAULT_TIMEOUT)
    folder = config.get("work_dir")
    private = tempfile.mkdtemp(prefix="typedagents-") if folder is None else None
    options = {"timeout": timeout, "work_dir": private or folder}
    local = LocalCommandLineCodeExecutor.configured(options, accept_no_isolation=docker is False)
    executor = (
        local
        if image is None
        else DockerCommandLineCodeExecutor(image, timeout=local.timeout, work_dir=local.work_dir)
    )
    if private:
        weakref.finalize(executor, shutil.rmtree, private, ignore_errors=True)
    return executor
