"""PowerShell is planned like the others. It is in no system's packages, so a program that only shows what it is asked stands in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.executors.running import Watching, run
from typedagents import CodeBlock, RunCode
from typedagents.core.code import Exited, Refused
from typedagents.executors import LocalExecutor

pytestmark = pytest.mark.anyio
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture
def beside_python(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a Python, beside which programs are found."""
    if not os.path.exists(SYSTEM_PYTHON):
        pytest.skip(f"there is no {SYSTEM_PYTHON}, which every user may run")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        Path(folder, "python3").symlink_to(SYSTEM_PYTHON)
        monkeypatch.setattr("sys.executable", f"{folder}/python3")
        yield Path(folder)


@pytest.mark.parametrize("language", ["pwsh", "powershell", "ps1"])
async def test_a_file_is_given_to_pwsh(beside_python: Path, language: str) -> None:
    program = beside_python / "pwsh"
    program.write_text('#!/bin/sh\necho "$@"\ncat "$4"\nexit 3\n')
    program.chmod(0o755)
    block = CodeBlock(language, "Write-Output 1", "a.ps1")
    result = await LocalExecutor(accept_no_isolation=True).run(RunCode((block,)), Watching())
    assert result.blocks[0].end == Exited(3)
    assert result.blocks[0].stdout.text == "-NoProfile -NonInteractive -File a.ps1\nWrite-Output 1"


async def test_where_it_is_not_installed_it_is_refused(beside_python: Path) -> None:
    executor = LocalExecutor(accept_no_isolation=True)
    if "pwsh" in executor.capabilities.languages:
        pytest.skip("this machine has PowerShell")
    (block,) = (await run(executor, "Write-Output 1", language="pwsh")).blocks
    assert isinstance(block.end, Refused)
    assert block.end.reason.startswith("pwsh is not installed here; there are: python")
