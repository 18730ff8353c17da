"""The world a target runs in: its own, and where that performs something not, the usual provider, sandbox and terminal.

What is missing for an effect that an agent says it asks for is told before the run; for agents that do not say what
they ask for, when they ask.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from attrs import define, evolve, field

from typedagents.core.code import CodeResult, RunCode
from typedagents.core.code_approval import ApproveCode
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.performs import performs_of
from typedagents.core.team import Team
from typedagents.core.tool import Approve, CallTool
from typedagents.core.walking import walked
from typedagents.executors import default_executor
from typedagents.humans import Terminal
from typedagents.interpreter.approval import with_approval, with_code_approval
from typedagents.interpreter.events import Watcher
from typedagents.interpreter.ports import CodeExecutor, Human, ModelProvider, with_human
from typedagents.interpreter.prompts import answered_later
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.traces import TraceStore
from typedagents.interpreter.world import World
from typedagents.policies.calling.reply import ToolPolicy
from typedagents.providers import find_configuration, find_named, provider_of
from typedagents.providers.wrappers.wrapping import answered
from typedagents.stores.sqlite import SqliteRuns
from typedagents.tools.toolset import Toolset

from .options import Bounds, Keeping, Serving
from .targets import Target

MadeT = TypeVar("MadeT")
NOBODY: Handler[AnyEffect] = Handler({})
NO_MODEL = "the agents, --model: none named"
REMEDY = (
    "Give --model NAME, name one in typedagents.toml, or have the target define a world; 'typedagents demo' runs without "
    "any model"
)


def world_for(
    target: Target,
    serving: Serving,
    bounds: Bounds,
    keeping: Keeping,
    watcher: Watcher,
    store: TraceStore | None = None,
) -> World[AnyEffect]:
    """The target's world, completed, with what the options say; what is recorded goes to ``store``, where one is given."""
    own = target.world or World(NOBODY)
    place = store or keeping.place(own.store, target.text)
    human: Human = Terminal()
    if isinstance(place, SqliteRuns):
        human = answered_later(place, None if keeping.park else human)
    return evolve(
        own,
        handler=completed(own.handler, target.team, serving, human),
        store=place,
        budget=bounds.onto(own.budget),
        watchers=(*own.watchers, watcher),
    )


def completed(
    own: Handler[AnyEffect], team: Team[AnyEffect], serving: Serving, human: Human
) -> Handler[AnyEffect]:
    """``own``, and the usual ones for what it leaves out."""
    asked, handler = performs_of(team) or (), own
    if handler.answer_to(CallModel) is None:
        models = _eager(lambda: _providers(team, serving), now=CallModel in asked)

        async def complete(request: CallModel, call: Call) -> ModelReply:
            return await models().complete(request, call)

        handler = handler | CallModel.by(complete)
    if handler.answer_to(RunCode) is None:
        executor: Callable[[], CodeExecutor] = _eager(default_executor, now=RunCode in asked)

        async def run(request: RunCode, call: Call) -> CodeResult:
            result = executor().run(request, call)
            return result if isinstance(result, CodeResult) else await result

        handler = handler | RunCode.by(run)
    tools = tools_of(team)
    if tools and handler.answer_to(CallTool) is None:
        handler = handler | with_tools(tools)
    if handler.answer_to(Approve) is None:
        handler = handler | with_approval(human)
    if handler.answer_to(ApproveCode) is None:
        handler = handler | with_code_approval(human)
    return handler if handler.answer_to(AskHuman) else handler | with_human(human)


def tools_of(team: Team[AnyEffect]) -> Toolset[AnyEffect]:
    """The tools that its agents run, which come with the code of their functions."""
    found: Toolset[AnyEffect] = Toolset()
    for policy in walked(team):
        if isinstance(policy, ToolPolicy):
            found |= policy.tools
    return found


def _eager(make: Callable[[], MadeT], *, now: bool) -> Callable[[], MadeT]:
    """``make``, but once; at once where it is known to be needed, so that what is missing is told early."""
    made = cache(make)
    if now:
        made()
    return made


def _providers(team: Team[AnyEffect], serving: Serving) -> _ByModel:
    """The models that the team names, made now, so that a key that is missing is told before the run."""
    found = _ByModel(serving)
    named = (getattr(here, "model", None) for here in walked(team))
    for name in dict.fromkeys([serving.model] if serving.model else named):
        if isinstance(name, str):
            found.of(name)
    return found


@define(eq=False)
class _ByModel:
    """Asks for each request the model that it names: an entry of the configuration, or else OpenAI's of that name."""

    serving: Serving
    _made: dict[str, ModelProvider] = field(factory=dict, init=False)

    def of(self, name: str) -> ModelProvider:
        """The provider of the model of this name; of the usual one where it is empty."""
        name = self.serving.model or name
        if name not in self._made:
            self._made[name] = _provider(name, self.serving)
        return self._made[name]

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """As a ``ModelProvider``."""
        return await answered(self.of(request.model), request, call)


def _provider(name: str, serving: Serving) -> ModelProvider:
    options = {"base_url": serving.base_url, "api_key_env": serving.key_env}
    told = {key: value for key, value in options.items() if value is not None}
    if not told:
        if not name:
            return find_configuration(arguments=NO_MODEL, remedy=REMEDY).provider(stream=True)
        configured = find_named(name)
        if configured is not None:
            return configured.provider(stream=True)
    name = name or os.environ.get("OPENAI_MODEL", "")
    if not name:
        raise ConfigError(f"no model named. Looked at: {NO_MODEL}, OPENAI_MODEL. {REMEDY}")
    try:
        return provider_of({"model": name, "stream": True, **told})
    except ConfigError as error:
        raise ConfigError(
            f"{error}. On the command line: --key-env NAME_OF_THE_VARIABLE, or --base-url of a local server"
        ) from error
