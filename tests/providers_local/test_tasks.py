"""The main job on the embedded model: small tasks, each solved by code that is run, and ended by the model itself."""

from __future__ import annotations

import pytest

from tests.providers_local.tasks import TASKS, Task
from typedagents import CodeResult, Outcome, RuleFired, TraceMemory, World, with_executor, with_models
from typedagents.examples.local_model import team
from typedagents.executors import default_executor, probe_bubblewrap
from typedagents.providers.local import LocalModel

pytestmark = pytest.mark.local_llm

ENOUGH = 8


def solved(task: Task, outcome: Outcome) -> bool:
    """Whether the last program printed the right result and the model then ended the chat."""
    results = [
        part for message in outcome.transcript for part in message.parts if isinstance(part, CodeResult)
    ]
    printed = results[-1].blocks[-1].stdout.text if results else ""
    return isinstance(outcome.reason, RuleFired) and task.right(printed)


def test_most_tasks_are_solved_and_ended_cleanly(local_model: LocalModel) -> None:
    probe = probe_bubblewrap()
    if not probe.works:
        pytest.skip(f"no sandbox: {probe.text}")
    traces = TraceMemory()
    world = World(with_models(local_model) | with_executor(default_executor()), store=traces)
    right: list[str] = []

    for number, task in enumerate(TASKS):
        outcome = world.run_sync(team, task.words, name=f"task{number}")
        assert world.replay(team, f"task{number}") == outcome
        if solved(task, outcome):
            right.append(task.words)

    assert len(right) >= ENOUGH, f"only these were solved: {right}"
