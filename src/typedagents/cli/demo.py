"""The main job, shown: code is written, run, mended, run again; the run is recorded, replayed and compared."""

from __future__ import annotations

from attrs import evolve, frozen

from typedagents import (
    CallModel,
    CodeResult,
    ExecutorUnavailable,
    ModelReply,
    RunCode,
    Team,
    Usage,
    World,
    assistant,
    chat,
    user_proxy,
    with_executor,
    with_models,
)
from typedagents.core.code import BlockResult, Captured, Exited
from typedagents.core.handler import Call
from typedagents.examples import local_model
from typedagents.executors import default_executor
from typedagents.interpreter.ports import CodeExecutor

from .exits import FAILURE, exit_code
from .render import Renderer

TASK = "What is the sum of the primes below 50?"
LIVE_TASK = "What is 2**10?"
PRIMES = "primes = [n for n in range(2, 50) if all(n % d for d in range(2, n))]"
SCRIPT = (
    f"Let me compute it.\n\n```python\n{PRIMES}\nprint(total)\n```",
    f"I printed a name that does not exist. Corrected:\n\n```python\n{PRIMES}\nprint(sum(primes))\n```",
    "The sum of the primes below 50 is 328.\n\nTERMINATE",
)
RESULTS = (
    BlockResult(Exited(1), stderr=Captured(b"NameError: name 'total' is not defined\n")),
    BlockResult(Exited(0), Captured(b"328\n")),
)


@frozen
class Script:
    """Stands for a model and, where no sandbox works, for the runner: what is said next follows from what was said."""

    def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The line that is due."""
        said = sum(message.sender == request.me for message in request.transcript)
        words = SCRIPT[min(said, len(SCRIPT) - 1)]
        return ModelReply(
            words, usage=Usage(fresh_input=100 + 80 * said, output=len(words) // 4), model="scripted"
        )

    def run(self, request: RunCode, call: Call, /) -> CodeResult:
        """What the sandbox would have answered."""
        return CodeResult((RESULTS["total" not in request.blocks[0].code],))


def demo(renderer: Renderer, *, live: bool) -> int:
    """Run, record, replay, compare; the exit code."""
    executor = _executor(renderer, live=live)
    if live:
        from typedagents.providers.local import LocalModel

        renderer.note("model: Qwen2.5-Coder-0.5B in a child process of this one")
        return _shown(
            renderer, local_model.team, LIVE_TASK, World(with_models(LocalModel()) | with_executor(executor))
        )
    team = chat(user_proxy("user", "never"), assistant("assistant"))
    return _shown(renderer, team, TASK, World(with_models(Script()) | with_executor(executor)))


def _executor(renderer: Renderer, *, live: bool) -> CodeExecutor:
    try:
        executor = default_executor()
    except ExecutorUnavailable as error:
        if live:
            raise
        renderer.note(f"code results are scripted too: {error}")
        return Script()
    renderer.note("code runs in bubblewrap")
    return executor


def _shown(
    renderer: Renderer, team: Team[CallModel | RunCode], task: str, world: World[CallModel | RunCode]
) -> int:
    renderer.opening(team, task)
    recorded = evolve(world, watchers=(renderer,)).run_sync(team, task)
    renderer.ending(recorded)
    again = world.replay(team, recorded.run)
    same = again == recorded
    verdict = "the same conversation, entry for entry" if same else "ANOTHER conversation"
    renderer.note(f"replayed from its trace, without model or sandbox: {verdict}")
    return exit_code(recorded.reason) if same else FAILURE
