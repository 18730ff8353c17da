"""The main job on the embedded model: small tasks, each solved by code that is run, and ended by the model itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from examples.local_model import team
from tests.providers_local.tasks import TASKS, Task
from typedagents import CodeResult, Outcome, RuleFired, RunCode, World
from typedagents.core.code import BlockResult, Captured, Exited
from typedagents.core.handler import Call
from typedagents.interpreter.ports import with_executor, with_models
from typedagents.providers.local import LocalModel

pytestmark = pytest.mark.local_llm

ENOUGH = 8


class Unisolated:
    """Runs Python blocks as they are. What this model writes for these tasks is harmless, and seen before it is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, request: RunCode, call: Call, /) -> CodeResult:
        return CodeResult(tuple(self.ran(block.code) for block in request.blocks))

    def ran(self, code: str) -> BlockResult:
        command = [sys.executable, "-I", "-c", code]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=20, check=False)
        return BlockResult(Exited(done.returncode), Captured(done.stdout), Captured(done.stderr))


def solved(task: Task, outcome: Outcome) -> bool:
    """Whether the last program printed the right result and the model then ended the chat."""
    results = [
        part for message in outcome.transcript for part in message.parts if isinstance(part, CodeResult)
    ]
    printed = results[-1].blocks[-1].stdout.text if results else ""
    return isinstance(outcome.reason, RuleFired) and task.right(printed)


def test_most_tasks_are_solved_and_ended_cleanly(local_model: LocalModel, tmp_path: Path) -> None:
    world = World(with_models(local_model) | with_executor(Unisolated(tmp_path)), store=None)

    right = [task.words for task in TASKS if solved(task, world.run_sync(team, task.words))]

    assert len(right) >= ENOUGH, f"only these were solved: {right}"
