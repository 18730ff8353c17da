"""What code is, what runs it, and what comes back, in the classic API. Where it meets ours: ``layer.executing``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, TypedDict, runtime_checkable

from attrs import field, frozen

from typedagents.autogen.types import MessageContentType

__all__ = [
    "CodeBlock",
    "CodeExecutionConfig",
    "CodeExecutor",
    "CodeExtractor",
    "CodeResult",
    "CommandLineCodeResult",
    "IPythonCodeResult",
]


@frozen(kw_only=True)
class CodeBlock:
    """A piece of a program; ``language`` is empty where it is not known."""

    code: str
    language: str


@frozen(kw_only=True)
class CodeResult:
    """What running code came to; ``exit_code`` 0 is success."""

    exit_code: int
    output: str


@frozen(kw_only=True)
class CommandLineCodeResult(CodeResult):
    """The same of programs in files; ``code_file`` is where the first of them is."""

    code_file: str | None = None


@frozen(kw_only=True)
class IPythonCodeResult(CodeResult):
    """The same of cells, with the files that they left."""

    output_files: list[str] = field(factory=list)


class CodeExtractor(Protocol):
    """Finds the code in a message."""

    def extract_code_blocks(self, message: MessageContentType) -> list[CodeBlock]: ...


@runtime_checkable
class CodeExecutor(Protocol):
    """Finds code, and runs it. Subclass it, or write a class with the same three members."""

    @property
    def code_extractor(self) -> CodeExtractor: ...

    def execute_code_blocks(self, code_blocks: list[CodeBlock]) -> CodeResult: ...

    def restart(self) -> None:
        """Forget the state of earlier runs."""
        ...


CodeExecutionConfig = TypedDict(
    "CodeExecutionConfig",
    {
        "executor": Literal["ipython-embedded", "commandline-local"] | CodeExecutor,
        "last_n_messages": int | Literal["auto"],
        "timeout": int,
        "use_docker": bool | str | list[str] | None,
        "work_dir": str,
        "ipython-embedded": Mapping[str, object],
        "commandline-local": Mapping[str, object],
    },
    total=False,
)
