"""What the classic command-line executors have in common: blocks as files of a folder, run one after the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import assert_never
from warnings import warn

from anyio.from_thread import start_blocking_portal

from typedagents.autogen.coding.base import CodeBlock, CodeExecutor, CodeExtractor, CommandLineCodeResult
from typedagents.autogen.coding.markdown_code_extractor import MarkdownCodeExtractor
from typedagents.autogen.exception_utils import InvalidValue, NotFound
from typedagents.core import code as ours
from typedagents.core.handler import Call
from typedagents.executors.sandbox import Sandbox, SandboxFactory
from typedagents.policies.coding.programs import filename_in

from .running import Programs, Ran, Watch, nobody, run_blocks

TIMEOUT_MSG = "Timeout"
LANGUAGES = ("bash", "shell", "sh", "pwsh", "powershell", "ps1", "python", "javascript", "html", "css")


class CommandLineExecutor(CodeExecutor):
    """Runs blocks in sandboxes over ``work_dir``, in which their files and all they leave behind stay."""

    SUPPORTED_LANGUAGES: tuple[str, ...] = LANGUAGES
    DEFAULT_EXECUTION_POLICY: Mapping[str, bool] = MappingProxyType(
        {language: language not in ("javascript", "html", "css") for language in LANGUAGES}
    )

    def __init__(
        self, timeout: int, work_dir: Path | str, execution_policies: Mapping[str, bool] | None
    ) -> None:
        if timeout < 1:
            raise InvalidValue(f"timeout is a number of seconds from 1; found {timeout!r}")
        self._timeout = timeout
        self._work_dir = Path(work_dir)
        above = self._work_dir.absolute().parent
        if not above.is_dir():
            raise NotFound(f"work_dir {str(work_dir)!r} cannot be made: there is no folder {above}")
        self.execution_policies = {**self.DEFAULT_EXECUTION_POLICY, **(execution_policies or {})}

    @property
    def timeout(self) -> int:
        """Seconds for each block."""
        return self._timeout

    @property
    def work_dir(self) -> Path:
        """Where the files are."""
        return self._work_dir

    @property
    def code_extractor(self) -> CodeExtractor:
        """Finds the blocks in a message."""
        return MarkdownCodeExtractor()

    def execute_code_blocks(self, code_blocks: list[CodeBlock]) -> CommandLineCodeResult:
        """Run them one after the other, up to the first that fails."""
        blocks = [
            ours.CodeBlock(one.language.lower(), one.code, filename_in(one.code)) for one in code_blocks
        ]
        with start_blocking_portal() as portal:
            ran = portal.call(self._ran, blocks, nobody)
        first = next((one.path for one in ran if one.path), None)
        return CommandLineCodeResult(
            exit_code=ours.exit_code(ran[-1].result.end) if ran else 0,
            output="".join(self._shown(one.result) for one in ran),
            code_file=None if first is None else str(self._work_dir / first),
        )

    def restart(self) -> None:
        """Nothing is kept between runs but files, which stay; a warning says so."""
        warn("Each program starts afresh, and files stay. No action is taken.", UserWarning, stacklevel=2)

    async def run(self, request: ours.RunCode, call: Call, /) -> ours.CodeResult:
        """The same as a port of the typed core; the limits are this executor's own."""
        ran = await self._ran(request.blocks, call.emit)
        return ours.CodeResult(tuple(one.result for one in ran), (), self._sandboxes.capabilities.unenforced)

    # --- how --------------------------------------------------------------------------------------------------

    @abstractmethod
    def _place(self) -> SandboxFactory:
        """Where programs run; ``ExecutorUnavailable`` where they cannot."""

    @abstractmethod
    def _manner(self) -> Programs:
        """How they run."""

    @cached_property
    def _sandboxes(self) -> SandboxFactory:
        return self._place()

    @cached_property
    def _programs(self) -> Programs:
        return self._manner()

    async def _prepared(self, sandbox: Sandbox) -> None:
        """Put there what programs need."""

    async def _ran(self, blocks: Sequence[ours.CodeBlock], watch: Watch) -> list[Ran]:
        async with self._sandboxes.open() as sandbox:
            await self._prepared(sandbox)
            return await run_blocks(sandbox, blocks, self._programs, watch)

    def _shown(self, result: ours.BlockResult) -> str:
        """As classic programs expect it: errors before output, then how it ended if it was no exit."""
        streams = result.stderr.text + result.stdout.text
        match result.end:
            case ours.TimedOut():
                return f"{streams}\n{TIMEOUT_MSG}"
            case ours.Refused(reason):
                return f"\n{reason}"
            case ours.Saved(filename):
                return f"Code saved to {self._work_dir / filename}\n"
            case ours.LimitHit(limit):
                return f"{streams}\nStopped: the limit on {limit} was reached"
            case ours.Exited() | ours.Signalled():
                return streams
            case _ as never:
                assert_never(never)


def options_of(given: Mapping[str, object], known: Sequence[str]) -> Mapping[str, object]:
    """``given``, when each of them is known; ``ConfigError`` names those that are not."""
    unknown = sorted(given.keys() - set(known))
    if unknown:
        raise InvalidValue(f"this executor has no option {', '.join(unknown)}; it has: {', '.join(known)}")
    return given
