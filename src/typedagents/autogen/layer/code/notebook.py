"""Cells of a notebook that goes on: what the classic Jupyter executors have in common."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from anyio.from_thread import start_blocking_portal
from attrs import evolve

from typedagents.autogen.coding.base import CodeBlock, CodeExecutor, CodeExtractor, IPythonCodeResult
from typedagents.autogen.coding.markdown_code_extractor import MarkdownCodeExtractor
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core import code as ours
from typedagents.core.code import Artefact
from typedagents.executors.commandline import CommandLineExecutor

from .alone import Alone
from .running import limits_of
from .scripts import silence_pip

KERNEL = "python3"
_SHOWN = re.compile(r"display-\d+\.")
WORDS = {"text/html": "HTML"}


def _closed(executor: CommandLineExecutor) -> None:
    with start_blocking_portal() as portal:
        portal.call(executor.aclose)


class Notebook(CodeExecutor):
    """Runs blocks as cells of one kernel: variables last from run to run. What is shown is kept in ``output_dir``."""

    def __init__(
        self, timeout: int, kernel_name: str, output_dir: Path | str, make: Callable[[], CommandLineExecutor]
    ) -> None:
        if timeout < 1:
            raise InvalidValue(f"timeout is a number of seconds from 1; found {timeout!r}")
        if kernel_name != KERNEL:
            raise InvalidValue(
                f"Kernel {kernel_name} is not installed. The one there is runs Python, and is called {KERNEL!r}"
            )
        if not Path(output_dir).is_dir():
            raise InvalidValue(f"Output directory {output_dir} does not exist. Make it first")
        self._timeout = timeout
        self._kernel_name = kernel_name
        self._output_dir = output_dir
        self._make = make
        self._made: CommandLineExecutor | None = None
        self._session = uuid4().hex

    @property
    def timeout(self) -> int:
        """Seconds for each block."""
        return self._timeout

    @property
    def kernel_name(self) -> str:
        """Which kernel it is."""
        return self._kernel_name

    @property
    def output_dir(self) -> Path | str:
        """Where pictures and pages go."""
        return self._output_dir

    @property
    def code_extractor(self) -> CodeExtractor:
        """Finds the blocks in a message."""
        return MarkdownCodeExtractor()

    def execute_code_blocks(self, code_blocks: list[CodeBlock]) -> IPythonCodeResult:
        """Run them as cells, whatever their language is called, up to the first that fails."""
        blocks = tuple(
            ours.CodeBlock("python", silence_pip(one.code, one.language.lower())) for one in code_blocks
        )
        limits = evolve(limits_of(self._timeout), artefact_bytes=64 * ours.MIB)
        with start_blocking_portal() as portal:
            result = portal.call(self._executor.run, ours.RunCode(blocks, limits, self._session), Alone())
        texts = [text for block in result.blocks if (text := block.text)]
        kept: list[str] = []
        for shown in result.artefacts:
            if shown.data and _SHOWN.match(shown.path):
                kept.append(self._kept(shown))
                words = WORDS.get(shown.mime, "Image" if shown.mime.startswith("image/") else shown.mime)
                texts.append(f"{words} data saved to {kept[-1]}")
        return IPythonCodeResult(exit_code=result.exit_code, output="\n".join(texts), output_files=kept)

    def restart(self) -> None:
        """End the kernel: the next run finds a new one."""
        self._session = uuid4().hex
        if self._made is not None:
            _closed(self._made)

    @property
    def _executor(self) -> CommandLineExecutor:
        if self._made is None:
            self._made = self._make()
            # When Python ends, kernels end by themselves.
            weakref.finalize(self, _closed, self._made).atexit = False
        return self._made

    def _kept(self, shown: Artefact) -> str:
        path = Path(self._output_dir, f"{uuid4().hex}{Path(shown.path).suffix}")
        path.write_bytes(shown.data)
        return str(path.absolute())
